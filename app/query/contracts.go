package query

import (
	"encoding/base64"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
)

// Contract describes a contract.
func (q *Query) Contract(name string) (*chanceryv1.GetContractResponse, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.GetContractResponse, error) {
		sch, rec, descriptors, err := q.exec.Schema(v, name)
		if err != nil {
			return nil, err
		}
		life, err := contract.LifecycleOf(v, name)
		if err != nil {
			return nil, err
		}
		res := &chanceryv1.GetContractResponse{
			Contract: apiContract(name, rec), DescriptorSet: descriptors, Methods: apiMethods(sch),
		}
		res.Contract.UpgradePolicy = apiPolicy(life.Policy)
		res.Contract.Decisions = apiDecisions(life)
		res.Contract.OpenProposals = life.OpenProposals
		return res, setTemplate(v, res.Contract)
	})
}

// Contracts lists contracts in order of their names.
func (q *Query) Contracts(org string, size uint32, token string) (list []*chanceryv1.Contract, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	more, err := contract.List(view, org, after, pageSize(size), func(name string, rec *statev1.Contract) error {
		list = append(list, apiContract(name, rec))
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Name), nil
}

// Versions lists a contract's versions, newest first.
func (q *Query) Versions(name string, size uint32, token string) (list []*chanceryv1.ContractVersion, next string, err error) {
	before, err := pageBefore(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	if _, err := contract.Get(view, name); err != nil {
		return nil, "", err
	}
	more, err := contract.Versions(view, name, before, pageSize(size), func(n uint64, v *statev1.Version) error {
		list = append(list, &chanceryv1.ContractVersion{
			Version: n, CodeHash: v.CodeHash, Origin: v.Origin, Height: v.Height,
			Time: timestamppb.New(time.Unix(0, v.Time)), Breaking: v.Breaking, Org: v.Org,
			RehearsalHash: v.RehearsalHash, Proposal: v.Proposal, Approvals: apiApprovals(v.Approvals), RollbackTo: v.RollbackTo,
		})
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(strconv.FormatUint(list[len(list)-1].Version, 10)), nil
}

// Code describes code and, unless omit, returns it.
func (q *Query) Code(hash []byte, omit bool) (*chanceryv1.GetCodeResponse, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.GetCodeResponse, error) {
		rec, err := contract.GetCode(v, hash)
		if err != nil {
			return nil, err
		}
		res := &chanceryv1.GetCodeResponse{
			CodeHash: hash, Size: rec.Size, Org: rec.Org, Uploader: rec.Uploader, Height: rec.Height,
			Report: q.exec.Report(rec),
		}
		if res.References, err = contract.References(v, hash); err != nil {
			return nil, err
		}
		if !omit {
			res.CodeGzip = rec.CodeGzip
		}
		return res, nil
	})
}

func apiContract(name string, rec *statev1.Contract) *chanceryv1.Contract {
	org, _, _ := cutName(name)
	c := &chanceryv1.Contract{
		Name: name, Org: org, Version: rec.Version, CodeHash: rec.CodeHash, Service: rec.Service,
		Deployer: rec.Deployer, Height: rec.Height, DeployedAt: timestamppb.New(time.Unix(0, rec.DeployedAt)),
		Status: chanceryv1.ContractStatus(rec.Status),
	}
	if rec.Template != "" {
		c.Template = &chanceryv1.ContractTemplate{Name: rec.Template, Version: rec.TemplateVersion}
	}
	return c
}

func apiMethods(s *schema.Contract) []*chanceryv1.ContractMethod {
	kinds := map[schema.Kind]chanceryv1.MethodKind{
		schema.KindExecute: chanceryv1.MethodKind_METHOD_KIND_EXECUTE,
		schema.KindQuery:   chanceryv1.MethodKind_METHOD_KIND_QUERY,
		schema.KindInit:    chanceryv1.MethodKind_METHOD_KIND_INIT,
		schema.KindMigrate: chanceryv1.MethodKind_METHOD_KIND_MIGRATE,
	}
	var out []*chanceryv1.ContractMethod
	for _, m := range s.Methods {
		out = append(out, &chanceryv1.ContractMethod{
			Name: m.Name, Kind: kinds[m.Kind], Request: string(m.Input.FullName()),
			Response: string(m.Output.FullName()), Roles: m.Roles,
		})
	}
	return out
}

// A page token is the last key of the page before, in a form that says it is
// nothing to compute with.
func pageToken(last string) string {
	if last == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte("1" + last))
}

const maxTokenBytes = 256

func pageAfter(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token[:min(len(token), maxTokenBytes)])
	if err != nil || len(token) > maxTokenBytes || len(b) < 2 || b[0] != '1' {
		return "", apperr.Invalid("page_token", "was not given by this service")
	}
	return string(b[1:]), nil
}
