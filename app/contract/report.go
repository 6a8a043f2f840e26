package contract

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/runtime"
)

// describeInterface begins a report with what the interface says.
func describeInterface(s *schema.Contract, set []byte) *statev1.CodeReport {
	r := &statev1.CodeReport{
		InterfaceBytes: uint64(len(set)), Collections: uint32(len(s.Collections)),
		Events: uint32(len(s.Events)), Errors: uint32(len(s.Errors)),
	}
	for _, m := range s.Methods {
		switch m.Kind {
		case schema.KindExecute:
			r.Executes++
		case schema.KindQuery:
			r.Queries++
		case schema.KindInit:
			r.Init = true
		case schema.KindMigrate:
			r.Migrate = true
		}
	}
	_, r.PostUpgrade = s.PostUpgrade()
	return r
}

// Report tells how stored code stands within the limits; nil when nothing was
// learnt of it.
func (e *Executor) Report(rec *statev1.Code) *chanceryv1.CodeReport {
	return apiReport(rec.Report, rec.Size, e.rt.Limits())
}

func apiReport(r *statev1.CodeReport, codeBytes uint64, l runtime.Limits) *chanceryv1.CodeReport {
	if r == nil {
		return nil
	}
	measure := func(used, limit uint64) *chanceryv1.CodeMeasure {
		return &chanceryv1.CodeMeasure{Used: used, Limit: limit}
	}
	return &chanceryv1.CodeReport{
		CodeBytes:      measure(codeBytes, MaxCodeBytes),
		InterfaceBytes: measure(r.InterfaceBytes, schema.MaxSetBytes),
		ImageBytes:     measure(r.ImageBytes, uint64(l.MemoryPages)*runtimePage),
		ImageGas:       measure(r.ImageGas, l.ImageGas),
		Executes:       r.Executes, Queries: r.Queries, Collections: r.Collections, Events: r.Events, Errors: r.Errors,
		Init: r.Init, Migrate: r.Migrate, PostUpgrade: r.PostUpgrade,
	}
}

// runtimePage is a page of linear memory in bytes.
const runtimePage = 64 << 10
