package rpc

import (
	"context"
	"io"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"github.com/chancery-chain/chancery/app/apperr"
)

// Bodies beyond smallBodyBytes are read by few requests at a time: a tx that
// uploads code has megabytes, and thousands of connections could send one at
// once.
const (
	smallBodyBytes = 256 << 10
	largeBodyWait  = 10 * time.Second
)

// bodyLimit lends the places for large bodies.
type bodyLimit struct{ places chan struct{} }

func newBodyLimit(n int) *bodyLimit { return &bodyLimit{places: make(chan struct{}, n)} }

// wrap serves next with bodies that take a place when they turn out large and
// give it back when the request is answered.
func (l *bodyLimit) wrap(next http.Handler) http.Handler {
	held := l.hold(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if compressed(r) {
			// A few bytes may unpack to the largest message.
			held.ServeHTTP(w, r)
			return
		}
		b := &limitedBody{ReadCloser: r.Body, ctx: r.Context(), limit: l, free: smallBodyBytes}
		defer b.release()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

// hold serves next with a place that each request takes at once and gives back
// when its answer is written.
func (l *bodyLimit) hold(next http.Handler) http.Handler {
	writer := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &limitedBody{ctx: r.Context(), limit: l}
		if err := b.acquire(); err != nil {
			_ = writer.Write(w, r, err)
			return
		}
		defer b.release()
		next.ServeHTTP(w, r)
	})
}

// compressed reports whether a request's message comes compressed, in any of the
// protocols.
func compressed(r *http.Request) bool {
	for _, name := range []string{"Content-Encoding", "Connect-Content-Encoding", "Grpc-Encoding"} {
		if v := r.Header.Get(name); v != "" && v != "identity" {
			return true
		}
	}
	return r.Method == http.MethodGet && r.URL.Query().Get("compression") != ""
}

// limitedBody reads its first bytes freely.
type limitedBody struct {
	io.ReadCloser
	ctx   context.Context
	limit *bodyLimit
	free  int // bytes until it needs a place
	held  bool
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if !b.held && b.free <= 0 {
		if err := b.acquire(); err != nil {
			return 0, err
		}
	}
	if !b.held && len(p) > b.free {
		p = p[:b.free]
	}
	n, err := b.ReadCloser.Read(p)
	b.free -= n
	return n, err
}

func (b *limitedBody) acquire() error {
	timer := time.NewTimer(largeBodyWait)
	defer timer.Stop()
	select {
	case b.limit.places <- struct{}{}:
		b.held = true
		return nil
	case <-timer.C:
		info, _ := apperr.Lookup(apperr.Busy)
		return connect.NewError(connect.CodeResourceExhausted, apperr.New(apperr.Busy, "%d large requests are being read. %s", cap(b.limit.places), info.EN))
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
}

func (b *limitedBody) release() {
	if b.held {
		b.held = false
		<-b.limit.places
	}
}
