package contract

import (
	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// Deploy makes a contract from code on chain and runs its init method. The caller
// drops w's writes when it fails. Where m names a template, the caller has put its
// version and code into m.
func (e *Executor) Deploy(w *state.Overlay, env *Env, by Author, m *chanceryv1.Deploy, gas uint64) (Done, error) {
	if contracts.Has(w, m.Contract) {
		return Done{}, apperr.New(apperr.AlreadyExists, "contract %s exists", m.Contract)
	}
	if _, err := GetCode(w, m.CodeHash); err != nil {
		return Done{}, err
	}
	code, sch, err := e.load(w, m.CodeHash)
	if err != nil {
		return Done{}, err
	}
	rec := &statev1.Contract{
		Version: 1, CodeHash: m.CodeHash, Deployer: by.Origin, Height: by.Height,
		DeployedAt: by.Time.UnixNano(), Service: sch.Service, Status: statusActive,
		Template: m.Template, TemplateVersion: m.TemplateVersion,
	}
	if err := contracts.Set(w, m.Contract, rec); err != nil {
		return Done{}, err
	}
	if err := addVersion(w, m.Contract, rec, by, &change{}); err != nil {
		return Done{}, err
	}
	if p := policyOf(m.UpgradePolicy); p != nil {
		if err := lifecycles.Set(w, m.Contract, &statev1.Lifecycle{Policy: p}); err != nil {
			return Done{}, err
		}
	}
	done, err := e.runOnce(w, env, &target{m.Contract, rec, code, sch}, runtime.KindInit, "deploy.init_payload", m.InitPayload, gas)
	if err != nil {
		return done, err
	}
	ev, err := deployed(m, by)
	if err != nil {
		return done, err
	}
	done.Events = append([]Event{ev}, done.Events...)
	res := &chanceryv1.DeployResult{Version: 1, InitResponse: done.Data}
	if m.Template != "" {
		res.CodeHash, res.TemplateVersion = m.CodeHash, m.TemplateVersion
	}
	done.Data, err = proto.MarshalOptions{Deterministic: true}.Marshal(res)
	return done, err
}

// runOnce runs the method of a kind that a contract declares at most once, init
// or migrate, if it declares one.
func (e *Executor) runOnce(w *state.Overlay, env *Env, on *target, kind runtime.Kind, field string, payload []byte, gas uint64) (Done, error) {
	m, ok := on.schema.Special(schema.Kind(kind))
	if !ok {
		if len(payload) > 0 {
			return Done{}, apperr.Invalid(field, "the contract declares no %s method", schema.Kind(kind))
		}
		return Done{}, nil
	}
	c := newCall(e, env, nil, on)
	c.reads, c.writes = w, w
	out := c.run(runtime.Call{Kind: kind, Method: m.Name, Payload: payload, GasLimit: gas, Depth: 1}, env.Origin)
	return c.done(out)
}
