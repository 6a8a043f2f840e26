package rpc

import "sync"

// tip tells that the chain went on.
type tip struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next commit
}

func newTip() *tip { return &tip{next: make(chan struct{})} }

// changed returns a channel that is closed by the next commit.
func (t *tip) changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

func (t *tip) advance() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.next)
	t.next = make(chan struct{})
}
