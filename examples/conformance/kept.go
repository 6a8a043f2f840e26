package conformance

import sdk "github.com/chancery-chain/chancery/contracts-sdk"

// Check answers a request that keeps its rules.
func (*Contract) Check(*sdk.Ctx, *CheckRequest) (*CheckResponse, error) { return &CheckResponse{}, nil }

// Gated answers accounts.
func (*Contract) Gated(*sdk.QueryCtx, *GatedRequest) (*GatedResponse, error) {
	return &GatedResponse{}, nil
}

// Members answers members of an organisation.
func (*Contract) Members(*sdk.QueryCtx, *MembersRequest) (*MembersResponse, error) {
	return &MembersResponse{}, nil
}

// Court answers members of the court.
func (*Contract) Court(*sdk.QueryCtx, *CourtRequest) (*CourtResponse, error) {
	return &CourtResponse{}, nil
}

// Inner answers other contracts.
func (*Contract) Inner(*sdk.Ctx, *InnerRequest) (*InnerResponse, error) { return &InnerResponse{}, nil }

// Keep changes the set, the sequence or the queue.
func (*Contract) Keep(ctx *sdk.Ctx, req *KeepRequest) (resp *KeepResponse, err error) {
	state := NewState(ctx)
	resp = &KeepResponse{}
	switch req.Act {
	case Act_ACT_ADD:
		resp.Done, err = state.Tags.Add(req.Text, uint32(req.Number))
	case Act_ACT_DELETE:
		resp.Done = state.Tags.Delete(req.Text, uint32(req.Number))
	case Act_ACT_APPEND:
		resp.Number, err = state.Journal.Append(&Entry{Text: req.Text, Time: ctx.Unix()})
	case Act_ACT_AMEND:
		err = state.Journal.Set(&Entry{Number: req.Number, Text: req.Text, Time: ctx.Unix()})
	case Act_ACT_PUSH:
		resp.Number, err = state.Jobs.Push(&Job{Text: req.Text})
	case Act_ACT_POP:
		var job *Job
		if job, resp.Done = state.Jobs.Pop(); resp.Done {
			resp.Number, resp.Text = job.Number, job.Text
		}
	case Act_ACT_DROP:
		resp.Done = state.Jobs.Delete(req.Number)
	}
	return resp, err
}

// Kept returns a page of one of them.
func (*Contract) Kept(ctx *sdk.QueryCtx, req *KeptRequest) (resp *KeptResponse, err error) {
	state := NewStateView(ctx)
	resp = &KeptResponse{}
	all := req.From == 0 && req.To == 0
	switch req.Act {
	case Act_ACT_ADD:
		tags := state.Tags.UnderAndWeightBetween(req.Text, uint32(req.From), uint32(req.To))
		if all {
			tags = state.Tags.Under(req.Text)
		}
		var list []*Tag
		list, resp.NextPageToken, err = turned(tags, req).Page(req.PageToken, req.Limit)
		for _, tag := range list {
			resp.Entries = append(resp.Entries, &Entry{Text: tag.Name, Number: uint64(tag.Weight)})
		}
	case Act_ACT_APPEND, Act_ACT_AMEND:
		entries := state.Journal.Between(req.From, req.To)
		switch {
		case req.Act == Act_ACT_AMEND && all:
			entries = state.Journal.ByTime(req.Text)
		case req.Act == Act_ACT_AMEND:
			entries = state.Journal.ByTimeAndTimeBetween(req.Text, int64(req.From), int64(req.To))
		case all:
			entries = state.Journal.All()
		}
		if last, ok := state.Journal.Last(); ok {
			resp.Edge = last.Number
		}
		resp.Entries, resp.NextPageToken, err = turned(entries, req).Page(req.PageToken, req.Limit)
	case Act_ACT_POP:
		jobs := state.Jobs.Between(req.From, req.To)
		if all {
			jobs = state.Jobs.All()
		}
		if first, ok := state.Jobs.Peek(); ok {
			resp.Edge = first.Number
		}
		var list []*Job
		list, resp.NextPageToken, err = turned(jobs, req).Page(req.PageToken, req.Limit)
		for _, job := range list {
			resp.Entries = append(resp.Entries, &Entry{Text: job.Text, Number: job.Number})
		}
	}
	return resp, err
}

// turned returns a range in the order that a request asks for.
func turned[P sdk.Stored](r sdk.Range[P], req *KeptRequest) sdk.Range[P] {
	if req.Reverse {
		return r.Reverse()
	}
	return r
}
