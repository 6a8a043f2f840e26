package rpc

import (
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
)

// build makes the handlers of a contract's queries.
func (d *dynamicEndpoint) build(name string, c *schema.Contract) *contractEndpoint {
	e := &contractEndpoint{
		service: c.Service,
		methods: make(map[string]queryMethod),
		refused: make(map[string]error),
	}
	types := dynamicpb.NewTypes(c.Files)
	for _, m := range c.Methods {
		switch m.Kind {
		case schema.KindQuery:
			e.methods[m.Name] = queryMethod{d.query(name, m.Descriptor, types), m.Gated}
		case schema.KindExecute:
			e.refused[m.Name] = apperr.New(apperr.NeedsTx, "%s of contract %s is an executing method", m.Name, name)
		case schema.KindInit:
			e.refused[m.Name] = apperr.New(apperr.NeedsTx, "%s of contract %s is run once, by the deploy", m.Name, name)
		case schema.KindMigrate:
			e.refused[m.Name] = apperr.New(apperr.NeedsTx, "%s of contract %s is run by an upgrade", m.Name, name)
		}
	}
	return e
}

// describe returns what a contract declares about one of its errors. An upgrade
// since then may have changed it; numbers keep their meaning across upgrades.
func (s *Server) describe(e *apperr.ContractError) (errorInfo, bool) {
	c, _, _, err := s.o.Query.Schema(e.Contract)
	if err != nil {
		return errorInfo{}, false
	}
	declared, ok := c.Error(e.Code)
	if !ok {
		return errorInfo{}, false
	}
	return errorInfo{name: declared.Name, connect: declared.ConnectCode, message: declared.Message}, true
}
