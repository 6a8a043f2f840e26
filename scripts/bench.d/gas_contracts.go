package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chancery-chain/chancery/api/contractbuild"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/counter"
	"github.com/chancery-chain/chancery/examples/evidence"
)

// contractClass is the class of real contracts, of which the median counts.
const contractClass = "contract"

// buildContract returns the code of an example, from the folder built if that is
// given.
func buildContract(ctx context.Context, built, dir, name string) ([]byte, error) {
	if built != "" {
		return os.ReadFile(filepath.Join(built, name+".wasm"))
	}
	out := filepath.Join(dir, name+".wasm")
	if _, err := contractbuild.Build(ctx, filepath.Join("examples", name), out); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

func encode(m sdk.Marshaler) []byte {
	b, err := m.MarshalVT()
	must(err)
	return b
}

// anchor is a request for piece n of material.
func anchor(n uint64) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	return encode(&evidence.AnchorRequest{
		Sha256: sum[:], Sm3: sum[:], MediaType: "application/pdf", Size: 12_345, CaseRef: "2026-0001",
		CapturedAt: 1_700_000_000, Method: "web-capture",
	})
}

// contractCases are calls of the examples over the state tree.
func contractCases(ctx context.Context, v *world, built, dir string) ([]*gasCase, error) {
	for _, name := range []string{"counter", "evidence"} {
		code, err := buildContract(ctx, built, dir, name)
		if err != nil {
			return nil, err
		}
		if err := v.deploy(name, code); err != nil {
			return nil, err
		}
	}
	n := uint64(0)
	for ; n < 200; n++ {
		if out := v.run(call{contract: "evidence", method: "Anchor", payload: anchor(n)}); out.Status != 0 {
			return nil, fmt.Errorf("anchor: %v: %w", out.Status, out.Err)
		}
	}
	verify := sha256.Sum256(binary.BigEndian.AppendUint64(nil, 17))
	bump := &gasCase{name: "bump", call: call{contract: "counter", method: "Bump"}}
	bump.before = func() error {
		n++
		bump.call.payload = encode(&counter.BumpRequest{From: n * 7919 % 100_000, To: (n*7919 + 1) % 100_000, Amount: 1})
		return nil
	}
	anchoring := &gasCase{name: "anchor", call: call{contract: "evidence", method: "Anchor"}}
	anchoring.before = func() error {
		n++
		anchoring.call.payload = anchor(n)
		return nil
	}
	cases := []*gasCase{bump, anchoring,
		{name: "list", call: call{contract: "evidence", method: "List", query: true,
			payload: encode(&evidence.ListRequest{Owner: "cy1caller", PageSize: 20})}},
		{name: "verify", call: call{contract: "evidence", method: "Verify", query: true,
			payload: encode(&evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sha256{Sha256: verify[:]}})}},
	}
	for _, c := range cases {
		c.class, c.fixed, c.blocks = contractClass, true, !c.call.query
	}
	return cases, nil
}
