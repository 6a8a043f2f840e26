package rpc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/query"
)

// dynamicPrefix is where deployed contracts are served.
const dynamicPrefix = "/c/"

const headerAuthorization = "Authorization"

// dynamicEndpoint serves deployed contracts as what they are: Connect services.
// Nothing is generated; the descriptors that the code carries are enough.
type dynamicEndpoint struct {
	s      *Server
	writer *connect.ErrorWriter
	cache  *lru[contractKey, *contractEndpoint]
}

// contractKey changes with every upgrade, so an entry is never stale.
type contractKey struct {
	contract string
	codeHash string
}

// contractEndpoint has the handlers of one contract's methods.
type contractEndpoint struct {
	service string
	methods map[string]queryMethod
	refused map[string]error // all others
}

// queryMethod is the handler of a query.
type queryMethod struct {
	http.Handler
	gated bool
}

func newDynamicEndpoint(s *Server) *dynamicEndpoint {
	return &dynamicEndpoint{
		s:      s,
		writer: connect.NewErrorWriter(),
		cache:  newLRU[contractKey, *contractEndpoint](s.o.Limits.CachedContracts),
	}
}

func (d *dynamicEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A query by GET could be kept by a cache on the way. What one asker saw is
	// nobody else's.
	w.Header().Add("Vary", headerAuthorization)
	h, err := d.find(r.URL.Path)
	if h.gated || len(r.Header.Values(headerAuthorization)) > 0 {
		w.Header().Set("Cache-Control", "private, no-store")
	}
	if err != nil {
		// A client that went away gets no answer and needs none.
		_ = d.writer.Write(w, r, d.s.errors.connectError(r.URL.Path, err))
		return
	}
	h.ServeHTTP(w, r)
}

// find returns the handler of /c/<organisation>/<contract>/<service>/<method>.
func (d *dynamicEndpoint) find(path string) (none queryMethod, err error) {
	parts := strings.Split(strings.TrimPrefix(path, dynamicPrefix), "/")
	if len(parts) != 4 {
		return none, apperr.New(apperr.NotFound, "%q is no method of a contract: the path is /c/organisation/contract/service/method", clip(path))
	}
	name, service, method := parts[0]+"/"+parts[1], parts[2], parts[3]
	e, err := d.endpoint(name)
	if err != nil {
		return none, err
	}
	if service != e.service {
		return none, apperr.New(apperr.NotFound, "contract %s has no service %q; its service is %s", name, clip(service), e.service)
	}
	if h, ok := e.methods[method]; ok {
		return h, nil
	}
	if err, ok := e.refused[method]; ok {
		return none, err
	}
	return none, apperr.New(apperr.NotFound, "service %s of contract %s has no method %q", e.service, name, clip(method))
}

func (d *dynamicEndpoint) endpoint(name string) (*contractEndpoint, error) {
	c, _, codeHash, err := d.s.o.Query.Schema(name)
	if err != nil {
		return nil, err
	}
	key := contractKey{name, string(codeHash)}
	if e, ok := d.cache.get(key); ok {
		return e, nil
	}
	e := d.build(name, c)
	d.cache.put(key, e)
	return e, nil
}

// query returns the handler of a query method. Requests and responses pass the
// Connect library as bytes and are decoded and encoded at their turn in the gate: a
// request takes up to a hundred times its size as a message.
func (d *dynamicEndpoint) query(contract string, m protoreflect.MethodDescriptor, types resolver) http.Handler {
	x := &transcoder{method: m, types: types}
	return connect.NewUnaryHandler(
		fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()),
		func(ctx context.Context, req *connect.Request[rawMessage]) (*connect.Response[rawMessage], error) {
			permit, err := permit.FromHeader(req.Header().Values(headerAuthorization))
			if err != nil {
				return nil, err
			}
			codec := codecOf(req)
			var res rawMessage
			err = d.s.gate.run(ctx, func(ctx context.Context) error {
				payload, err := x.decode(codec, req.Msg.data)
				if err != nil {
					return err
				}
				output, err := d.s.o.Query.CallContract(ctx, query.Call{
					Contract: contract, Method: string(m.Name()), Payload: payload, Permit: permit,
				})
				if err != nil {
					return err
				}
				res.data, err = x.encode(codec, output)
				if errors.Is(err, errNoMessage) {
					return apperr.New(apperr.ContractTrap, "contract %s answered with bytes that are no %s", contract, m.Output().FullName())
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			return connect.NewResponse(&res), nil
		},
		connect.WithSchema(m),
		connect.WithIdempotency(connect.IdempotencyNoSideEffects),
		connect.WithReadMaxBytes(maxPayloadMessageBytes),
		connect.WithCompressMinBytes(compressMinBytes),
		connect.WithInterceptors(d.s.errors.interceptor()),
		rawCodecs(),
	)
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
