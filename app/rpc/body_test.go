package rpc

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of two large bodies and one place, one waits; small ones pass by.
func TestLargeBodiesTakeTurns(t *testing.T) {
	limit := newBodyLimit(1)
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	server := httptest.NewServer(limit.wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if len(b) > smallBodyBytes {
			entered <- struct{}{}
			<-leave
		}
	})))
	defer server.Close()
	send := func(n int) {
		res, err := http.Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("x", n)))
		if err != nil {
			t.Error(err)
			return
		}
		_ = res.Body.Close()
	}
	done := make(chan struct{}, 2)
	for range 2 {
		go func() { send(smallBodyBytes + 1); done <- struct{}{} }()
	}
	<-entered
	send(smallBodyBytes)
	require.Empty(t, entered, "the second waits")
	require.Len(t, limit.places, 1)
	close(leave)
	<-entered
	<-done
	<-done
	require.Empty(t, limit.places)
}
