package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	counterv1 "github.com/chancery-chain/chancery/api/gen/examples/counter/v1"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/scripts/internal/testbed"
)

const (
	contract = "bench-00/counter"
	workers  = 32
	counters = 200
)

// committed is what the node once said of a tx. It must say so for ever.
type committed struct {
	height  int64
	code    uint32
	gasUsed uint64
}

// ledger remembers every tx that the node reported as committed.
type ledger struct {
	accounts []testbed.Account

	mu      sync.Mutex
	results map[string]committed // by tx hash in hex
}

func (l *ledger) deploy(ctx context.Context, n *testbed.Node) error {
	c, err := client.Dial(n.URL)
	if err != nil {
		return err
	}
	return testbed.Deploy(ctx, c.Signer(l.accounts[0].Key, l.accounts[0].Org), contract, "examples/counter")
}

// load submits txs until the node is killed, and remembers what was committed.
func (l *ledger) load(ctx context.Context, n *testbed.Node, killAfter time.Duration) (int, error) {
	c, err := client.Dial(n.URL, client.WithHTTPClient(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}))
	if err != nil {
		return 0, err
	}
	before := len(l.results)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i := range workers {
		a := l.accounts[i%len(l.accounts)]
		s := c.Signer(a.Key, a.Org)
		wg.Go(func() {
			for ctx.Err() == nil {
				l.one(ctx, c, s)
			}
		})
	}
	time.Sleep(killAfter)
	n.Kill()
	cancel()
	wg.Wait()
	return len(l.results) - before, nil
}

// one submits a tx. A request that the kill cuts off says nothing: the tx may
// have been committed or not.
func (l *ledger) one(ctx context.Context, c *client.Client, s *client.Signer) {
	from := rand.Uint64N(counters)
	payload, err := proto.Marshal(&counterv1.BumpRequest{From: from, To: from + 1, Amount: 1})
	if err != nil {
		return
	}
	signed, err := s.Sign(ctx, &chanceryv1.TxBody{GasLimit: 5_000_000, Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: contract, Method: "Bump", Payload: payload,
	}}})
	if err != nil {
		return
	}
	res, err := c.Submit(ctx, signed)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.results[hex.EncodeToString(signed.Hash[:])] = committed{res.Height, res.Code, res.GasUsed}
}

// check asks the node for the remembered txs: for all, or for a random part of
// them.
func (l *ledger) check(ctx context.Context, n *testbed.Node, part *rand.Rand) error {
	c, err := client.Dial(n.URL)
	if err != nil {
		return err
	}
	for hash, want := range l.results {
		if part != nil && part.IntN(10) != 0 {
			continue
		}
		b, err := hex.DecodeString(hash)
		if err != nil {
			return err
		}
		res, err := c.Result(ctx, tx.Hash(b))
		if err != nil {
			return fmt.Errorf("committed tx %s is lost: %w", hash, err)
		}
		if got := (committed{res.Height, res.Code, res.GasUsed}); got != want {
			return fmt.Errorf("tx %s was %+v and is %+v", hash, want, got)
		}
	}
	return nil
}
