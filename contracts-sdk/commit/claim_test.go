package commit

import (
	"crypto/sha256"
	"math"
	"strings"
	"testing"
)

// insured is the claim of testdata/vectors.txt.
func insured() Claim {
	return Claim{
		Schema:  "insurance/2",
		Key:     "si_months_ge=12",
		Value:   BoolValue(true),
		Subject: "did:gov:7Yk3p",
		AsOf:    1772294400,
		Expires: 1780070400,
		Issuer:  "11440700MB2T000780",
		Salt:    counting(),
	}
}

func TestClaimForm(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Claim)
		want   error
	}{
		{"good", func(*Claim) {}, nil},
		{"no", func(c *Claim) { c.Value = BoolValue(false) }, nil},
		{"enum", func(c *Claim) { c.Value = EnumValue(math.MaxUint32) }, nil},
		{"bucket", func(c *Claim) { c.Value = BucketValue(math.MinInt64) }, nil},
		{"longest texts", func(c *Claim) { c.Schema, c.Key = strings.Repeat("s", 64), strings.Repeat("k", 64) }, nil},
		{"no schema", func(c *Claim) { c.Schema = "" }, ErrClaim},
		{"long key", func(c *Claim) { c.Key = strings.Repeat("k", 65) }, ErrClaim},
		{"space in subject", func(c *Claim) { c.Subject = "did gov" }, ErrClaim},
		{"other script in issuer", func(c *Claim) { c.Issuer = "人社局" }, ErrClaim},
		{"no value", func(c *Claim) { c.Value = Value{} }, ErrClaim},
		{"unknown kind", func(c *Claim) { c.Value.Kind = KindBucket + 1 }, ErrClaim},
		{"bool of two", func(c *Claim) { c.Value.Number = 2 }, ErrClaim},
		{"negative enum", func(c *Claim) { c.Value = Value{KindEnum, -1} }, ErrClaim},
		{"large enum", func(c *Claim) { c.Value = Value{KindEnum, 1 << 32} }, ErrClaim},
		{"before 1970", func(c *Claim) { c.AsOf = -1 }, ErrClaim},
		{"expires at once", func(c *Claim) { c.Expires = c.AsOf }, ErrClaim},
		{"no salt", func(c *Claim) { c.Salt = [Size]byte{} }, ErrSalt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			claim := insured()
			tt.change(&claim)
			encoded, err := claim.Encode()
			if err != tt.want {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if _, err := claim.ID(sha256.Sum256); err != tt.want {
				t.Errorf("id: got %v, want %v", err, tt.want)
			}
			if err != nil {
				return
			}
			if back, err := ParseClaim(encoded); back != claim || err != nil {
				t.Errorf("reads back as %+v, %v", back, err)
			}
		})
	}
}

func TestParseClaimMalformed(t *testing.T) {
	claim := insured()
	good, err := claim.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, err := ParseClaim(good[:n]); err != ErrSyntax {
			t.Errorf("first %d bytes: %v", n, err)
		}
	}
	if _, err := ParseClaim(append(good, 0)); err != ErrSyntax {
		t.Errorf("a byte more: %v", err)
	}
	other := append([]byte{}, good...)
	other[len(claimLabel)]++ // the form's number
	if _, err := ParseClaim(other); err != ErrSyntax {
		t.Errorf("other form: %v", err)
	}
}

func FuzzParseClaim(f *testing.F) {
	claim := insured()
	good, err := claim.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{255})
	f.Fuzz(func(t *testing.T, b []byte) {
		claim, err := ParseClaim(b)
		if err != nil {
			return
		}
		if back, err := claim.Encode(); string(back) != string(b) || err != nil {
			t.Errorf("%x reads as %+v", b, claim)
		}
	})
}

func TestRequirement(t *testing.T) {
	neighbour := insured()
	neighbour.Key, neighbour.Salt = "si_type", [Size]byte{7}
	neighbour.Value = EnumValue(3)
	var list [][]byte
	for _, claim := range []Claim{insured(), neighbour} {
		encoded, err := claim.Encode()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, encoded)
	}
	tree, err := NewTree(sha256.Sum256, list)
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * 60 * 60
	base := Requirement{
		Root: tree.Root(), Schema: "insurance/2", Issuer: "11440700MB2T000780", Subject: "did:gov:7Yk3p",
		Keys: []string{"age_ge=18", "si_months_ge=12"}, Now: insured().AsOf + 30*day, MaxAge: 30 * day,
	}
	tests := []struct {
		name   string
		change func(*Requirement, *Claim, *Proof)
		want   error
	}{
		{"met", func(*Requirement, *Claim, *Proof) {}, nil},
		{"of this second", func(r *Requirement, c *Claim, _ *Proof) { r.Now, r.MaxAge = c.AsOf, 0 }, nil},
		{"last second", func(r *Requirement, c *Claim, _ *Proof) { r.Now, r.MaxAge = c.Expires-1, NoMaxAge }, nil},
		{"malformed", func(_ *Requirement, c *Claim, _ *Proof) { c.Value.Number = 5 }, ErrClaim},
		{"schema", func(r *Requirement, _ *Claim, _ *Proof) { r.Schema = "insurance/1" }, ErrSchema},
		{"issuer", func(r *Requirement, _ *Claim, _ *Proof) { r.Issuer = "11440700MB2T0006X0" }, ErrIssuer},
		{"subject", func(r *Requirement, _ *Claim, _ *Proof) { r.Subject = "did:gov:other" }, ErrSubject},
		{"key in the tree that is not needed", func(_ *Requirement, c *Claim, p *Proof) {
			*c, *p = neighbour, prove(t, tree, 1)
		}, ErrKey},
		{"no keys", func(r *Requirement, _ *Claim, _ *Proof) { r.Keys = nil }, ErrKey},
		{"not yet", func(r *Requirement, c *Claim, _ *Proof) { r.Now = c.AsOf - 1 }, ErrNotYet},
		{"expired", func(r *Requirement, c *Claim, _ *Proof) { r.Now, r.MaxAge = c.Expires, NoMaxAge }, ErrExpired},
		{"too old", func(r *Requirement, _ *Claim, _ *Proof) { r.Now++ }, ErrTooOld},
		{"answer changed", func(_ *Requirement, c *Claim, _ *Proof) { c.Value = BoolValue(false) }, ErrMismatch},
		{"longer life", func(_ *Requirement, c *Claim, _ *Proof) { c.Expires++ }, ErrMismatch},
		{"another's key with this proof", func(r *Requirement, c *Claim, _ *Proof) { c.Key = "age_ge=18" }, ErrMismatch},
		{"other root", func(r *Requirement, _ *Claim, _ *Proof) { r.Root[0]++ }, ErrMismatch},
		{"bad path", func(_ *Requirement, _ *Claim, p *Proof) { p.Path = nil }, ErrPath},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requirement, claim, proof := base, insured(), prove(t, tree, 0)
			tt.change(&requirement, &claim, &proof)
			if err := requirement.Verify(sha256.Sum256, claim, proof); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	var nothing Requirement
	if err := nothing.Verify(sha256.Sum256, insured(), prove(t, tree, 0)); err == nil {
		t.Error("the zero requirement permits a claim")
	}
}
