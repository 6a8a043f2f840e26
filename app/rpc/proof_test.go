package rpc

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
)

// changing is a chain whose validators changed at some heights; headers below
// oldest are pruned.
type changing struct {
	*fake
	heights []int64
	oldest  int64
}

func (c *changing) ValidatorChanges(after, until int64, most int) (list []int64, err error) {
	for _, h := range c.heights {
		if h > after && h <= until {
			list = append(list, h)
		}
	}
	return list, nil
}

func (c *changing) SignedHeader(h int64) (header, validators []byte, err error) {
	if h < c.oldest {
		return nil, nil, apperr.New(apperr.Pruned, "header %d", h)
	}
	return []byte{byte(h)}, []byte("v"), nil
}

// TestTrustSteps holds which headers lead to the validators of a header: those
// after the blocks that changed them, up to the second block before.
func TestTrustSteps(t *testing.T) {
	for _, row := range []struct {
		name                    string
		trusted, header, oldest int64
		want                    []byte
	}{
		{"from the genesis", 0, 30, 0, []byte{5, 10, 21}},
		{"the change counts from the second block after it", 0, 22, 0, []byte{5, 10, 21}},
		{"the block before still has the old ones", 0, 21, 0, []byte{5, 10}},
		{"a trusted header names the ones after it", 10, 30, 0, []byte{21}},
		{"and the one before it does not", 9, 30, 0, []byte{10, 21}},
		{"a pruned header leaves out the way to it", 0, 30, 8, []byte{10, 21}},
		{"all of them", 0, 30, 25, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &changing{fake: &fake{}, heights: []int64{4, 9, 20}, oldest: row.oldest}
			steps, err := New(Options{Query: c, Broadcaster: c, Headers: c, Node: c}).trustSteps(row.trusted, row.header)
			require.NoError(t, err)
			var got []byte
			for _, s := range steps {
				got = append(got, s.SignedHeader...)
			}
			require.Equal(t, row.want, got)
		})
	}
}
