package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/emmansun/gmsm/sm3"
	"google.golang.org/protobuf/proto"

	evidencev1 "github.com/chancery-chain/chancery/api/gen/examples/evidence/v1"
	"github.com/chancery-chain/chancery/api/gen/examples/evidence/v1/evidencev1connect"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/client/proof"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
)

// file is the material.
type file struct {
	content     []byte
	sha256, sm3 [32]byte
	mediaType   string
	modified    time.Time
}

func readFile(path string) (*file, error) {
	s, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := newFile(b)
	f.modified = s.ModTime()
	t := mime.TypeByExtension(filepath.Ext(path))
	if t == "" {
		t = http.DetectContentType(b)
	}
	f.mediaType, _, _ = strings.Cut(t, ";")
	return f, nil
}

func newFile(b []byte) *file {
	return &file{content: b, sha256: sha256.Sum256(b), sm3: sm3.Sum(b)}
}

// matches compares both digests of a record with the file.
func (f *file) matches(r *evidencev1.Record) error {
	switch {
	case !bytes.Equal(r.GetSha256(), f.sha256[:]):
		return fmt.Errorf("SHA-256 of the file is %x, anchored is %x", f.sha256, r.GetSha256())
	case !bytes.Equal(r.GetSm3(), f.sm3[:]):
		return fmt.Errorf("SM3 of the file is %x, anchored is %x", f.sm3, r.GetSm3())
	}
	return nil
}

func (d *show) request(ctx context.Context) (*evidencev1.AnchorRequest, error) {
	s, err := d.cl.Status(ctx)
	if err != nil {
		return nil, err
	}
	// The contract refuses material from after the block, and this machine's clock
	// is ahead of the last block's time.
	captured := min(d.file.modified.Unix(), s.BlockTime.AsTime().Unix())
	return &evidencev1.AnchorRequest{
		Sha256: d.file.sha256[:], Sm3: d.file.sm3[:], MediaType: d.file.mediaType, Size: uint64(len(d.file.content)),
		CaseRef: "demo-1", CapturedAt: captured, Method: "file-copy",
	}, nil
}

func (d *show) anchor(ctx context.Context, evidence evidencev1connect.EvidenceServiceClient, owner string) (*evidencev1.Record, int64, error) {
	req, err := d.request(ctx)
	if err != nil {
		return nil, 0, err
	}
	begin := time.Now()
	resp, err := evidence.Anchor(ctx, connect.NewRequest(req))
	if err != nil {
		return nil, 0, fmt.Errorf("anchor the file: %w", err)
	}
	d.sum.CommitMS = time.Since(begin).Milliseconds()
	d.sum.Digest = fmt.Sprintf("%x", d.file.sha256)
	height, err := strconv.ParseInt(resp.Header().Get(client.HeaderHeight), 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("height of the anchor: %w", err)
	}
	d.term.Printf("anchored   as records-clerk (%s) at height %d in %d ms: record %s, %s gas, tx %s", owner, height, d.sum.CommitMS,
		resp.Msg.GetRecord().GetId(), resp.Header().Get(client.HeaderGasUsed), resp.Header().Get(client.HeaderTxHash))
	return resp.Msg.GetRecord(), height, nil
}

// anchorAgain shows the contract's own error.
func (d *show) anchorAgain(ctx context.Context, evidence evidencev1connect.EvidenceServiceClient) error {
	req, err := d.request(ctx)
	if err != nil {
		return err
	}
	_, err = evidence.Anchor(ctx, connect.NewRequest(req))
	own := client.ContractError(err)
	if own == nil || own.Code != uint32(evidencev1.Error_ERROR_ALREADY_ANCHORED) {
		return fmt.Errorf("the same file was to be refused as anchored before, but: %w", errors.Join(err, errors.New("no such error")))
	}
	d.term.Printf("again      the same file is refused: %s (error %d of the contract, %s): %s", own.Name, own.Code, connect.CodeOf(err), own.Message)
	return nil
}

// offline verifies the proof for the file, and that it fails for a changed file
// and when it is changed itself.
func (d *show) offline() error {
	v, err := d.verify(d.file, func(b []byte) []byte { return b })
	if err != nil {
		return fmt.Errorf("the proof was to hold: %w", err)
	}
	d.sum.Height, d.sum.AppHash, d.sum.Proof = v.Height, fmt.Sprintf("%x", v.AppHash), "verified"
	d.term.Printf("verified   offline: header %d of %s, signed by %d of %d voting power; path from app hash %s; the record and both digests",
		v.Height+1, v.ChainID, v.Signed, v.Power, d.sum.AppHash)

	changed := bytes.Clone(d.file.content)
	if len(changed) == 0 {
		changed = []byte{0}
	}
	changed[len(changed)/2] ^= 1
	if _, err = d.verify(newFile(changed), func(b []byte) []byte { return b }); err == nil {
		return errors.New("a changed file was to fail, but it passed")
	}
	d.term.Printf("changed    file, one bit of it: %v", err)

	// Someone who changes the file would have to change the record in the proof
	// too.
	forged := newFile(changed)
	_, err = d.verify(forged, func(value []byte) []byte {
		return bytes.Replace(bytes.Replace(value, d.file.sha256[:], forged.sha256[:], 1), d.file.sm3[:], forged.sm3[:], 1)
	})
	var e *proof.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("a forged proof was to fail, but: %w", errors.Join(err, errors.New("it passed")))
	}
	d.term.Printf("forged     proof with the changed file's digests: %v", err)
	return nil
}

// verify checks the proof on disk, its value changed by change, and a file
// against the record in it.
func (d *show) verify(f *file, change func([]byte) []byte) (*proof.Verified, error) {
	genesis, err := os.ReadFile(host.Genesis(d.Home))
	if err != nil {
		return nil, err
	}
	trust, err := proof.TrustFromGenesis(genesis)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(d.proofFile())
	if err != nil {
		return nil, err
	}
	p, err := proof.Decode(b)
	if err != nil {
		return nil, err
	}
	p.Value = change(p.Value)
	v, err := proof.Verify(p, trust)
	if err != nil {
		return nil, err
	}
	r := new(evidencev1.Record)
	if err := proto.Unmarshal(v.Value, r); err != nil {
		return nil, fmt.Errorf("the proved value is no record: %w", err)
	}
	return v, f.matches(r)
}
