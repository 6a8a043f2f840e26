package schedule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// counted counts the entries that walks of a reader look at.
type counted struct {
	state.Reader
	looked *int
}

func (c counted) Scan(start, end []byte, reverse bool) state.Iterator {
	return countedIterator{c.Reader.Scan(start, end, reverse), c.looked}
}

type countedIterator struct {
	state.Iterator
	looked *int
}

func (c countedIterator) Step() (on, more bool) {
	*c.looked++
	return c.Iterator.Step()
}

func (c countedIterator) Next() bool {
	*c.looked++
	return c.Iterator.Next()
}

// TestServingIsLinear: a block that takes n calls out of a queue looks at some n
// entries, and not at those again that it has removed before.
func TestServingIsLinear(t *testing.T) {
	const calls = 500
	base := state.NewOverlay(nil)
	for range calls + 1 {
		_, err := Add(base, "a/one", &statev1.ScheduledCall{Time: 1, GasLimit: 1})
		require.NoError(t, err)
	}
	looked := 0
	w := state.NewOverlay(counted{base, &looked})
	now := time.Unix(0, 1)
	var done Place
	for range calls {
		c, ok, err := Due(w, "a/one", now, done)
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, Remove(w, "a/one", c))
		done = c.Place()
	}
	require.NoError(t, Requeue(w, "a/one", now, done))
	require.LessOrEqual(t, looked, 3*calls)
}
