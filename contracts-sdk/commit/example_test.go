package commit_test

import (
	"crypto/sha256"
	"fmt"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/commit"
)

// A contract's context has the hashes.
var (
	_ = func(ctx *sdk.QueryCtx) commit.Hash { return ctx.SHA256 }
	_ = func(ctx *sdk.Ctx) commit.Hash { return ctx.SM3 }
)

// salt stands for 32 random bytes, which a client draws.
func salt(first byte) (s [commit.Size]byte) {
	for i := range s {
		s[i] = first + byte(i)
	}
	return s
}

func Example() {
	const domain = "civil/hotline:order.content"

	// The client commits to a text and sends the commitment to the chain.
	value := commit.Text("The street lamp at the school is dark.")
	commitment, err := commit.To(sha256.Sum256, domain, salt(1), value)
	if err != nil {
		fmt.Println(err)
		return
	}

	// Later somebody shows a text and the salt, and the contract checks them.
	fmt.Println(commit.Open(sha256.Sum256, commitment, domain, salt(1), value))
	fmt.Println(commit.Open(sha256.Sum256, commitment, domain, salt(1), commit.Text("All is well.")))
	// Output:
	// <nil>
	// commit: does not match
}

func ExampleList() {
	// A sealed bid: who, how much in fen, and until when.
	value := commit.List(commit.Text("did:gov:7Yk3p"), commit.Int(12_500_00), commit.Int(20260331))
	commitment, err := commit.To(sha256.Sum256, "agri/ruralrights:bid", salt(1), value)
	fmt.Printf("%x %v\n", commitment[:4], err)
	// Output: f321de9f <nil>
}

func ExampleVerify() {
	lines := [][]byte{
		commit.List(commit.Text("bed"), commit.Int(120_00)),
		commit.List(commit.Text("X-ray"), commit.Int(85_00)),
		commit.List(commit.Text("plaster"), commit.Int(40_00)),
	}
	// The hospital keeps the tree; the contract stores root and number of lines.
	tree, err := commit.NewTree(sha256.Sum256, lines)
	if err != nil {
		fmt.Println(err)
		return
	}
	root, count := tree.Root(), tree.Leaves()

	// The inspector asks for the second line.
	proof, _ := tree.Prove(1)
	err = commit.Verify(sha256.Sum256, root, lines[1], proof)
	fmt.Println(err, proof.Index == 1 && proof.Leaves == count, len(proof.Path))
	// Output: <nil> true 2
}

func ExampleRequirement_Verify() {
	const (
		issuer  = "11440700MB2T000780"
		subject = "did:gov:7Yk3p"
		day     = 24 * 60 * 60
		asOf    = 1772294400
	)
	// The issuer makes a tree of claims about one person and anchors its root.
	keys := []string{"age_ge=18", "si_months_ge=12", "hukou_local"}
	claims := make([]commit.Claim, len(keys))
	list := make([][]byte, len(keys))
	for i, key := range keys {
		claims[i] = commit.Claim{
			Schema: "insurance/2", Key: key, Value: commit.BoolValue(true), Subject: subject,
			AsOf: asOf, Expires: asOf + 90*day, Issuer: issuer, Salt: salt(byte(i + 1)),
		}
		entry, err := claims[i].Encode()
		if err != nil {
			fmt.Println(err)
			return
		}
		list[i] = entry
	}
	tree, _ := commit.NewTree(sha256.Sum256, list)
	proof, _ := tree.Prove(1)

	// The contract accepts an answer to one question, not older than a month.
	requirement := commit.Requirement{
		Root: tree.Root(), Schema: "insurance/2", Issuer: issuer, Subject: subject,
		Keys: []string{"si_months_ge=12"}, Now: asOf + 7*day, MaxAge: 30 * day,
	}
	fmt.Println(requirement.Verify(sha256.Sum256, claims[1], proof), claims[1].Value == commit.BoolValue(true))
	requirement.Now += 30 * day
	fmt.Println(requirement.Verify(sha256.Sum256, claims[1], proof))
	// Output:
	// <nil> true
	// commit: claim is too old
}
