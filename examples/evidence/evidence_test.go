package evidence_test

import (
	"crypto/sha256"
	"strconv"
	"strings"
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/evidence"
	"github.com/stretchr/testify/require"
)

const name = "records/evidence"

// world is a chain with the contract and the parties of the stories.
type world struct {
	*sdktest.Chain
	shop, rival *sdktest.Account // two parties of one order
	judge       *sdktest.Account
	notary      *sdktest.Account
}

func newWorld(t *testing.T) world {
	t.Helper()
	chain := sdktest.New()
	require.NoError(t, chain.Deploy(name, evidence.NewService(&evidence.Contract{})))
	return world{
		Chain:  chain,
		shop:   chain.Account("cy1shop", "shop-1"),
		rival:  chain.Account("cy1rival", "rival-1"),
		judge:  chain.Account("cy1judge", "court", "judge"),
		notary: chain.Account("cy1notary", "notary-1", "notary"),
	}
}

func client(a *sdktest.Account) evidence.EvidenceServiceClient {
	return evidence.NewEvidenceServiceClient(a, name)
}

// anchor returns a sound request for some material.
func anchor(material, caseRef string, capturedAt time.Time) *evidence.AnchorRequest {
	digest := sha256.Sum256([]byte(material))
	// The contract takes both digests as given; any 32 bytes stand for the SM3.
	second := sha256.Sum256([]byte("sm3 of " + material))
	return &evidence.AnchorRequest{
		Sha256: digest[:], Sm3: second[:], MediaType: "application/pdf", Size: uint64(len(material)),
		CaseRef: caseRef, CapturedAt: capturedAt.Unix(), Method: "app-sign",
	}
}

func TestAnchor(t *testing.T) {
	w := newWorld(t)
	req := anchor("contract", "order-7", w.Time().Add(-time.Minute))
	resp, err := client(w.shop).Anchor(req)
	require.NoError(t, err)

	record := resp.Record
	require.Equal(t, &evidence.Record{
		Id: record.Id, Sha256: req.Sha256, Sm3: req.Sm3, MediaType: "application/pdf", Size: 8,
		Owner: "cy1shop", Org: "shop-1", CaseRef: "order-7", Method: "app-sign",
		CapturedAt: w.Time().Unix() - 60, AnchoredAt: w.Time().Unix(), Status: evidence.Status_STATUS_ANCHORED,
	}, record)
	id := sha256.Sum256(append(append([]byte{}, req.Sha256...), "order-7"...))
	require.Equal(t, hexOf(id[:16]), record.Id)

	got, err := client(w.rival).Get(&evidence.GetRequest{Id: record.Id})
	require.NoError(t, err)
	require.Equal(t, record, got.Record)

	events := w.Events()
	require.Len(t, events, 1)
	require.Equal(t, "chancery.examples.evidence.v1.Anchored", events[0].Type)
	var event evidence.Anchored
	require.NoError(t, event.UnmarshalVT(events[0].Payload))
	require.Equal(t, evidence.Anchored{Id: record.Id, Sha256: req.Sha256, Owner: "cy1shop", Org: "shop-1", CaseRef: "order-7"}, event)
}

func TestAnchorTwice(t *testing.T) {
	w := newWorld(t)
	req := anchor("contract", "order-7", w.Time())
	first, err := client(w.shop).Anchor(req)
	require.NoError(t, err)
	state := w.State(name)

	_, err = client(w.rival).Anchor(req)
	require.Equal(t, evidence.CodeAlreadyAnchored, sdk.CodeOf(err))
	details, ok := evidence.DetailsOfAlreadyAnchored(err)
	require.True(t, ok)
	require.Equal(t, first.Record.Id, details.Id)
	require.EqualError(t, err, "This digest is anchored under this case already, as "+details.Id+".")
	require.Equal(t, state, w.State(name), "a failed call writes nothing")
	require.Len(t, w.Events(), 1)

	// The same material under another case is another record.
	req.CaseRef = "order-8"
	second, err := client(w.rival).Anchor(req)
	require.NoError(t, err)
	require.NotEqual(t, first.Record.Id, second.Record.Id)
}

func TestAnchorRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *evidence.AnchorRequest)
		code   uint32
		field  string
	}{
		{"no digest", func(r *evidence.AnchorRequest) { r.Sha256 = nil }, sdk.CodeInvalidField, "sha256"},
		{"short digest", func(r *evidence.AnchorRequest) { r.Sha256 = r.Sha256[:31] }, sdk.CodeInvalidField, "sha256"},
		{"no SM3", func(r *evidence.AnchorRequest) { r.Sm3 = nil }, sdk.CodeInvalidField, "sm3"},
		{"media type without subtype", func(r *evidence.AnchorRequest) { r.MediaType = "pdf" }, sdk.CodeInvalidField, "media_type"},
		{"case with spaces", func(r *evidence.AnchorRequest) { r.CaseRef = "Zhang San v Li Si" }, sdk.CodeInvalidField, "case_ref"},
		{"case too long", func(r *evidence.AnchorRequest) { r.CaseRef = string(make([]byte, 65)) }, sdk.CodeInvalidField, "case_ref"},
		{"no time", func(r *evidence.AnchorRequest) { r.CapturedAt = 0 }, sdk.CodeInvalidField, "captured_at"},
		{"no method", func(r *evidence.AnchorRequest) { r.Method = "" }, sdk.CodeInvalidField, "method"},
		{"method in words", func(r *evidence.AnchorRequest) { r.Method = "by hand" }, sdk.CodeInvalidField, "method"},
		{"captured in the future", func(r *evidence.AnchorRequest) { r.CapturedAt++ }, evidence.CodeCapturedInFuture, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			req := anchor("contract", "order-7", w.Time())
			tt.change(req)
			_, err := client(w.shop).Anchor(req)
			require.Equal(t, tt.code, sdk.CodeOf(err), "%v", err)
			if tt.field != "" {
				require.ErrorContains(t, err, "Field "+tt.field+" breaks its rule")
			}
			require.Empty(t, w.State(name))
			require.Empty(t, w.Events())
		})
	}
}

// TestStory follows the catalogue's story of evidence, steps 1 to 5.
func TestStory(t *testing.T) {
	w := newWorld(t)
	// 1: the shop anchors the contract at 10:00.
	w.SetTime(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	first, err := client(w.shop).Anchor(anchor("contract", "order-7", w.Time()))
	require.NoError(t, err)
	// 2: the other side alters it and anchors at 10:05; both stand, in order.
	w.Advance(5 * time.Minute)
	altered, err := client(w.rival).Anchor(anchor("contract, altered", "order-7", w.Time()))
	require.NoError(t, err)
	require.Less(t, first.Record.AnchoredAt, altered.Record.AnchoredAt)
	require.NotEqual(t, first.Record.Sha256, altered.Record.Sha256)
	// 3: captured in the future.
	_, err = client(w.shop).Anchor(anchor("photo", "order-7", w.Time().Add(time.Second)))
	require.Equal(t, evidence.CodeCapturedInFuture, sdk.CodeOf(err))
	// 4: the court places a hold, which a shop cannot.
	hold := &evidence.HoldRequest{Id: first.Record.Id, CaseNo: "(2026)粤07-55"}
	_, err = client(w.shop).Hold(hold)
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err))
	held, err := client(w.judge).Hold(hold)
	require.NoError(t, err)
	require.Equal(t, &evidence.Holding{CaseNo: "(2026)粤07-55", Org: "court", HeldAt: w.Time().Unix()}, held.Record.Holding)
	_, err = client(w.notary).Hold(hold)
	require.Equal(t, evidence.CodeHeld, sdk.CodeOf(err))
	// 5: the shop can neither release nor revoke; nor can a notary release it.
	_, err = client(w.shop).Release(&evidence.ReleaseRequest{Id: first.Record.Id})
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err))
	_, err = client(w.notary).Release(&evidence.ReleaseRequest{Id: first.Record.Id})
	require.Equal(t, evidence.CodeNotHolder, sdk.CodeOf(err))
	_, err = client(w.shop).Revoke(&evidence.RevokeRequest{Id: first.Record.Id, Reason: evidence.Reason_REASON_WITHDRAWN})
	require.Equal(t, evidence.CodeHeld, sdk.CodeOf(err))
	_, err = client(w.judge).Release(&evidence.ReleaseRequest{Id: first.Record.Id})
	require.NoError(t, err)
	_, err = client(w.shop).Revoke(&evidence.RevokeRequest{Id: first.Record.Id, Reason: evidence.Reason_REASON_WITHDRAWN})
	require.NoError(t, err)
}

func TestRevoke(t *testing.T) {
	w := newWorld(t)
	anchored, err := client(w.shop).Anchor(anchor("contract", "order-7", w.Time()))
	require.NoError(t, err)
	statement := sha256.Sum256([]byte("why"))
	req := &evidence.RevokeRequest{Id: anchored.Record.Id, Reason: evidence.Reason_REASON_SUPERSEDED, StatementSha256: statement[:]}

	_, err = client(w.rival).Revoke(req)
	require.Equal(t, evidence.CodeNotOwner, sdk.CodeOf(err))
	for _, bad := range []*evidence.RevokeRequest{
		{Id: req.Id},
		{Id: req.Id, Reason: 99},
		{Id: req.Id, Reason: req.Reason, StatementSha256: []byte("why")},
	} {
		_, err = client(w.shop).Revoke(bad)
		require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
	}
	_, err = client(w.shop).Revoke(&evidence.RevokeRequest{Id: strings.Repeat("0", 32), Reason: req.Reason})
	require.Equal(t, evidence.CodeNotFound, sdk.CodeOf(err))
	_, err = client(w.shop).Revoke(&evidence.RevokeRequest{Id: strings.Repeat("0", 5000), Reason: req.Reason})
	require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))

	w.Advance(time.Hour)
	revoked, err := client(w.shop).Revoke(req)
	require.NoError(t, err)
	want := anchored.Record
	want.Status = evidence.Status_STATUS_REVOKED
	want.Revocation = &evidence.Revocation{Reason: req.Reason, StatementSha256: statement[:], RevokedAt: w.Time().Unix()}
	require.Equal(t, want, revoked.Record, "nothing but the mark changes")

	_, err = client(w.shop).Revoke(req)
	require.Equal(t, evidence.CodeAlreadyRevoked, sdk.CodeOf(err))
	_, err = client(w.shop).Anchor(anchor("contract", "order-7", w.Time()))
	require.Equal(t, evidence.CodeAlreadyAnchored, sdk.CodeOf(err), "a revoked record keeps its place")
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	req := anchor("contract", "order-7", w.Time())
	anchored, err := client(w.shop).Anchor(req)
	require.NoError(t, err)
	anyone := evidence.NewEvidenceServiceQueryClient(w.Anonymous(), name)

	for _, ask := range []*evidence.VerifyRequest{
		{Digest: &evidence.VerifyRequest_Sha256{Sha256: req.Sha256}},
		{Digest: &evidence.VerifyRequest_Sm3{Sm3: req.Sm3}},
	} {
		resp, err := anyone.Verify(ask)
		require.NoError(t, err)
		require.Equal(t, &evidence.VerifyResponse{Anchored: true, Records: []*evidence.Record{anchored.Record}}, resp)
	}
	other := sha256.Sum256([]byte("contract, altered"))
	resp, err := anyone.Verify(&evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sha256{Sha256: other[:]}})
	require.NoError(t, err)
	require.Equal(t, &evidence.VerifyResponse{}, resp)
	_, err = anyone.Verify(&evidence.VerifyRequest{})
	require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))

	_, err = client(w.shop).Revoke(&evidence.RevokeRequest{Id: anchored.Record.Id, Reason: evidence.Reason_REASON_WITHDRAWN})
	require.NoError(t, err)
	resp, err = anyone.Verify(&evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sha256{Sha256: req.Sha256}})
	require.NoError(t, err)
	require.False(t, resp.Anchored)
	require.Len(t, resp.Records, 1, "the record is kept")
}

func TestListPages(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 7 {
		w.Advance(time.Second)
		resp, err := client(w.shop).Anchor(anchor(strconv.Itoa(i), "order", w.Time()))
		require.NoError(t, err)
		want = append([]string{resp.Record.Id}, want...)
		_, err = client(w.rival).Anchor(anchor("rival's "+strconv.Itoa(i), "order", w.Time()))
		require.NoError(t, err)
	}
	var got []string
	token := ""
	for page := 0; ; page++ {
		resp, err := client(w.rival).List(&evidence.ListRequest{Owner: "cy1shop", PageSize: 3, PageToken: token})
		require.NoError(t, err)
		for _, record := range resp.Records {
			got = append(got, record.Id)
		}
		// What is anchored meanwhile is newer than the pages that are to come.
		w.Advance(time.Second)
		_, err = client(w.shop).Anchor(anchor("later "+strconv.Itoa(page), "order", w.Time()))
		require.NoError(t, err)
		if token = resp.NextPageToken; token == "" {
			break
		}
	}
	require.Equal(t, want, got)

	for _, bad := range []*evidence.ListRequest{
		{Owner: "cy1shop", PageSize: 101},
		{Owner: "cy1shop", PageToken: "no token"},
		{Owner: "cy1shop", PageToken: "00010163"},
	} {
		_, err := client(w.shop).List(bad)
		require.Equal(t, sdk.CodeBadPage, sdk.CodeOf(err))
	}
	_, err := client(w.shop).List(&evidence.ListRequest{})
	require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var text []byte
	for _, c := range b {
		text = append(text, digits[c>>4], digits[c&15])
	}
	return string(text)
}
