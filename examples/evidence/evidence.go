// Package evidence is the contract for digital evidence: digests of material are
// anchored under a case, can be verified by anybody who has the material, and
// are never changed. README.md tells what it does and does not promise.
package evidence

import sdk "github.com/chancery-chain/chancery/contracts-sdk"

// idSize is how many hex digits a record's id has.
const idSize = 32

// Contract implements EvidenceService.
type Contract struct{}

// Anchor records the digests of one piece of material.
func (*Contract) Anchor(ctx *sdk.Ctx, req *AnchorRequest) (*AnchorResponse, error) {
	now := ctx.Unix()
	if req.CapturedAt > now {
		return nil, ErrCapturedInFuture(&CapturedInFuture{CapturedAt: req.CapturedAt, BlockTime: now})
	}
	records := NewState(ctx).Records
	id := recordID(ctx.ReadOnly(), req.Sha256, req.CaseRef)
	if records.Has(id) {
		return nil, ErrAlreadyAnchored(&AlreadyAnchored{Id: id})
	}
	record := &Record{
		Id: id, Sha256: req.Sha256, Sm3: req.Sm3, MediaType: req.MediaType, Size: req.Size,
		Owner: ctx.Origin(), Org: ctx.Org(), CaseRef: req.CaseRef,
		CapturedAt: req.CapturedAt, AnchoredAt: now, Method: req.Method, Status: Status_STATUS_ANCHORED,
	}
	if err := records.Set(record); err != nil {
		return nil, err
	}
	EmitAnchored(ctx, &Anchored{Id: id, Sha256: record.Sha256, Owner: record.Owner, Org: record.Org, CaseRef: record.CaseRef})
	return &AnchorResponse{Record: record}, nil
}

// Revoke marks a record as no longer relied on.
func (*Contract) Revoke(ctx *sdk.Ctx, req *RevokeRequest) (*RevokeResponse, error) {
	records := NewState(ctx).Records
	record, err := find(records.RecordsView, req.Id)
	switch {
	case err != nil:
		return nil, err
	case record.Owner != ctx.Origin():
		return nil, ErrNotOwner()
	case record.Status == Status_STATUS_REVOKED:
		return nil, ErrAlreadyRevoked()
	case record.Holding != nil:
		return nil, held(record)
	}
	record.Status = Status_STATUS_REVOKED
	record.Revocation = &Revocation{Reason: req.Reason, StatementSha256: req.StatementSha256, RevokedAt: ctx.Unix()}
	if err := records.Set(record); err != nil {
		return nil, err
	}
	EmitRevoked(ctx, &Revoked{Id: record.Id, Reason: req.Reason})
	return &RevokeResponse{Record: record}, nil
}

// Hold keeps a record from being revoked.
func (*Contract) Hold(ctx *sdk.Ctx, req *HoldRequest) (*HoldResponse, error) {
	records := NewState(ctx).Records
	record, err := find(records.RecordsView, req.Id)
	if err != nil {
		return nil, err
	}
	if record.Holding != nil {
		return nil, held(record)
	}
	record.Holding = &Holding{CaseNo: req.CaseNo, Org: ctx.Org(), HeldAt: ctx.Unix()}
	if err := records.Set(record); err != nil {
		return nil, err
	}
	EmitHoldPlaced(ctx, &HoldPlaced{Id: record.Id, Org: record.Holding.Org, CaseNo: req.CaseNo})
	return &HoldResponse{Record: record}, nil
}

// Release ends a hold of the origin's organisation.
func (*Contract) Release(ctx *sdk.Ctx, req *ReleaseRequest) (*ReleaseResponse, error) {
	records := NewState(ctx).Records
	record, err := find(records.RecordsView, req.Id)
	if err != nil {
		return nil, err
	}
	if record.Holding == nil || record.Holding.Org != ctx.Org() {
		return nil, ErrNotHolder()
	}
	record.Holding = nil
	if err := records.Set(record); err != nil {
		return nil, err
	}
	EmitHoldReleased(ctx, &HoldReleased{Id: record.Id, Org: ctx.Org()})
	return &ReleaseResponse{Record: record}, nil
}

// Get returns a record.
func (*Contract) Get(ctx *sdk.QueryCtx, req *GetRequest) (*GetResponse, error) {
	record, err := find(NewStateView(ctx).Records, req.Id)
	if err != nil {
		return nil, err
	}
	return &GetResponse{Record: record}, nil
}

// Verify says what is recorded about a digest.
func (*Contract) Verify(ctx *sdk.QueryCtx, req *VerifyRequest) (*VerifyResponse, error) {
	records := NewStateView(ctx).Records
	var found sdk.Range[*Record]
	switch digest := req.Digest.(type) {
	case *VerifyRequest_Sha256:
		found = records.ByDigest(digest.Sha256)
	case *VerifyRequest_Sm3:
		found = records.BySm3(digest.Sm3)
	}
	list, _, err := found.Page("", sdk.MaxPage)
	if err != nil {
		return nil, err
	}
	resp := &VerifyResponse{Records: list}
	for _, record := range list {
		resp.Anchored = resp.Anchored || record.Status == Status_STATUS_ANCHORED
	}
	return resp, nil
}

// List returns an owner's records, newest first.
func (*Contract) List(ctx *sdk.QueryCtx, req *ListRequest) (*ListResponse, error) {
	list, next, err := NewStateView(ctx).Records.ByOwner(req.Owner).Reverse().Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListResponse{Records: list, NextPageToken: next}, nil
}

// find returns a record.
func find(records RecordsView, id string) (*Record, error) {
	record, ok := records.Get(id)
	if !ok {
		return nil, ErrNotFound(&NoRecord{Id: id})
	}
	return record, nil
}

// recordID derives a record's id from what must be unique, so that anchoring the
// same again leads to the record that is there.
func recordID(ctx *sdk.QueryCtx, sha256 []byte, caseRef string) string {
	sum := ctx.SHA256(append(append([]byte{}, sha256...), caseRef...))
	const digits = "0123456789abcdef"
	id := make([]byte, 0, idSize)
	for _, c := range sum[:idSize/2] {
		id = append(id, digits[c>>4], digits[c&15])
	}
	return string(id)
}

func held(record *Record) error {
	return ErrHeld(&Held{Org: record.Holding.Org, CaseNo: record.Holding.CaseNo})
}
