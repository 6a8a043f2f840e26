package rpc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/chancery-chain/chancery/app/apperr"
)

// dynamicPrefix is where deployed contracts are served.
const dynamicPrefix = "/c/"

// maxContractMessageBytes is the largest request of a contract's method at the
// endpoint: a payload of 512 KiB, written as JSON with its bytes in base64.
const maxContractMessageBytes = 1 << 20

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
	methods map[string]http.Handler // queries
	refused map[string]error        // all others
}

func newDynamicEndpoint(s *Server) *dynamicEndpoint {
	return &dynamicEndpoint{
		s:      s,
		writer: connect.NewErrorWriter(),
		cache:  newLRU[contractKey, *contractEndpoint](s.o.Limits.CachedContracts),
	}
}

func (d *dynamicEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, err := d.find(r.URL.Path)
	if err != nil {
		// A client that went away gets no answer and needs none.
		_ = d.writer.Write(w, r, d.s.errors.connectError(r.URL.Path, err))
		return
	}
	h.ServeHTTP(w, r)
}

// find returns the handler of /c/<organisation>/<contract>/<service>/<method>.
func (d *dynamicEndpoint) find(path string) (http.Handler, error) {
	parts := strings.Split(strings.TrimPrefix(path, dynamicPrefix), "/")
	if len(parts) != 4 {
		return nil, apperr.New(apperr.NotFound, "%q is no method of a contract: the path is /c/organisation/contract/service/method", clip(path))
	}
	name, service, method := parts[0]+"/"+parts[1], parts[2], parts[3]
	e, err := d.endpoint(name)
	if err != nil {
		return nil, err
	}
	if service != e.service {
		return nil, apperr.New(apperr.NotFound, "contract %s has no service %q; its service is %s", name, clip(service), e.service)
	}
	if h, ok := e.methods[method]; ok {
		return h, nil
	}
	if err, ok := e.refused[method]; ok {
		return nil, err
	}
	return nil, apperr.New(apperr.NotFound, "service %s of contract %s has no method %q", e.service, name, clip(method))
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

// query returns the handler of a query method.
func (d *dynamicEndpoint) query(contract string, m protoreflect.MethodDescriptor, types resolver) http.Handler {
	method := string(m.Name())
	return connect.NewUnaryHandler(
		fmt.Sprintf("/%s/%s", m.Parent().FullName(), method),
		func(ctx context.Context, req *connect.Request[dynamicpb.Message]) (*connect.Response[dynamicpb.Message], error) {
			payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.Msg)
			if err != nil {
				return nil, apperr.Invalid("", "the request does not encode: %v", err)
			}
			var output []byte
			err = d.s.gate.run(ctx, func(ctx context.Context) (err error) {
				output, err = d.s.o.Query.CallContract(ctx, contract, method, payload)
				return err
			})
			if err != nil {
				return nil, err
			}
			res := dynamicpb.NewMessage(m.Output())
			if err := proto.Unmarshal(output, res); err != nil {
				return nil, apperr.New(apperr.ContractTrap, "contract %s answered with bytes that are no %s", contract, m.Output().FullName())
			}
			return connect.NewResponse(res), nil
		},
		connect.WithSchema(m),
		connect.WithIdempotency(connect.IdempotencyNoSideEffects),
		connect.WithRequestInitializer(func(_ connect.Spec, message any) error {
			dyn, ok := message.(*dynamicpb.Message)
			if !ok {
				return errors.New("the request is no dynamic message")
			}
			*dyn = *dynamicpb.NewMessage(m.Input())
			return nil
		}),
		connect.WithReadMaxBytes(maxContractMessageBytes),
		connect.WithCompressMinBytes(compressMinBytes),
		connect.WithInterceptors(d.s.errors.interceptor()),
		jsonCodecs(types),
	)
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
