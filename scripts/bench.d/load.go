package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	counterv1 "github.com/chancery-chain/chancery/api/gen/examples/counter/v1"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/scripts/internal/testbed"
)

const contract = "bench-00/counter"

// load drives a node over Connect, from many accounts.
type load struct {
	s        *settings
	node     *testbed.Node
	client   *client.Client
	accounts []testbed.Account
	signers  []*client.Signer
	gas      uint64
}

func newLoad(n *testbed.Node, accounts []testbed.Account, s *settings) (*load, error) {
	c, err := client.Dial(n.URL, client.WithHTTPClient(&http.Client{Transport: &http.Transport{
		MaxIdleConns: 2 * s.Workers, MaxIdleConnsPerHost: 2 * s.Workers,
	}}))
	if err != nil {
		return nil, err
	}
	l := &load{s: s, node: n, client: c, accounts: accounts}
	for _, a := range accounts {
		l.signers = append(l.signers, c.Signer(a.Key, a.Org))
	}
	return l, nil
}

// deploy puts the counter contract on chain and learns what a call of it costs.
func (l *load) deploy(ctx context.Context) error {
	if err := testbed.Deploy(ctx, l.signers[0], contract, "examples/counter"); err != nil {
		return err
	}
	res, err := l.signers[0].Simulate(ctx, l.body(l.s.Keys))
	if err != nil {
		return err
	}
	if res.Code != 0 {
		return fmt.Errorf("simulated call: %s: %s", res.CodeName, res.Log)
	}
	l.gas = res.GasUsed + res.GasUsed/4
	figure{Name: "chain.gas_per_tx", Value: float64(res.GasUsed), Unit: "gas"}.print()
	return nil
}

// body moves 1 between two random counters.
func (l *load) body(keys uint64) *chanceryv1.TxBody {
	from := rand.Uint64N(keys)
	to := (from + 1 + rand.Uint64N(keys-1)) % keys
	payload, err := proto.Marshal(&counterv1.BumpRequest{From: from, To: to, Amount: 1})
	if err != nil {
		panic(err) // three numbers always encode
	}
	return &chanceryv1.TxBody{GasLimit: l.gas, Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: contract, Method: "Bump", Payload: payload,
	}}}
}

// call signs, submits and waits for one tx, and returns how long it took from
// submit to the committed result.
func (l *load) call(ctx context.Context, keys uint64) (time.Duration, error) {
	b := l.body(keys)
	b.ValidUntil = timestamppb.New(time.Now().Add(2 * time.Minute))
	signed, err := l.signers[rand.IntN(len(l.signers))].Sign(ctx, b)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = l.client.Submit(ctx, signed)
	return time.Since(start), err
}

// latency submits txs at a low rate, each after a pause, and prints the median
// time to the committed result.
func (l *load) latency(ctx context.Context) error {
	var took []time.Duration
	for range l.s.LatencyTxs {
		if err := pause(ctx, time.Duration(float64(time.Second)/l.s.Rate)); err != nil {
			return err
		}
		d, err := l.call(ctx, l.s.Keys)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	figure{Name: "devnet.submit_commit_p50_ms", Value: ms(quantile(took, 0.5)), Unit: "ms"}.print()
	figure{Name: "devnet.submit_commit_p99_ms", Value: ms(quantile(took, 0.99)), Unit: "ms"}.print()
	return nil
}

// steadiness is what the middle of a load showed.
type steadiness struct {
	tps, p50, p99, cpu float64
}

// steady keeps Workers requests in flight for Seconds and looks at the middle 60
// per cent of the time: txs whose committed success came in then, and the node's
// processor time.
func (l *load) steady(ctx context.Context, keys uint64) (steadiness, error) {
	length := time.Duration(l.s.Seconds) * time.Second
	start := time.Now()
	from, to := start.Add(length/5), start.Add(length*4/5)
	cpu := make(chan time.Duration, 2)
	sample := func(at time.Time) {
		time.AfterFunc(time.Until(at), func() {
			d, err := l.node.CPU()
			if err != nil {
				d = -1
			}
			cpu <- d
		})
	}
	sample(from)
	sample(to)

	ctx, cancel := context.WithDeadline(ctx, start.Add(length+l.s.drain))
	defer cancel()
	var mu sync.Mutex
	var took []time.Duration
	var failed atomic.Int64
	var first atomic.Pointer[error]
	var wg sync.WaitGroup
	for range l.s.Workers {
		wg.Go(func() {
			for time.Since(start) < length && ctx.Err() == nil {
				d, err := l.call(ctx, keys)
				now := time.Now()
				if err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, &err)
					continue
				}
				if now.After(from) && now.Before(to) {
					mu.Lock()
					took = append(took, d)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	a, b := <-cpu, <-cpu
	if n := failed.Load(); n > 0 {
		return steadiness{}, fmt.Errorf("%d txs failed; the first: %w", n, *first.Load())
	}
	if len(took) == 0 || a < 0 || b < 0 {
		return steadiness{}, errors.New("nothing was committed in the middle of the run")
	}
	return steadiness{
		tps: float64(len(took)) / to.Sub(from).Seconds(),
		p50: ms(quantile(took, 0.5)), p99: ms(quantile(took, 0.99)),
		cpu: ms(max(a, b)-min(a, b)) / float64(len(took)),
	}, nil
}

// seed writes counters 0 to n-1.
func (l *load) seed(ctx context.Context, n uint64) error {
	const perCall = 2_000
	type job struct{ first, count uint64 }
	jobs := make(chan job)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for j := range jobs {
				payload, err := proto.Marshal(&counterv1.SeedRequest{First: j.first, Count: uint32(j.count)})
				if err == nil {
					_, err = l.signers[0].Execute(ctx, contract, "Seed", payload)
				}
				if err != nil {
					cancel(fmt.Errorf("seed from %d: %w", j.first, err))
				}
			}
		})
	}
	for first := uint64(0); first < n && ctx.Err() == nil; first += perCall {
		select {
		case jobs <- job{first, min(perCall, n-first)}:
		case <-ctx.Done():
		}
	}
	close(jobs)
	wg.Wait()
	return context.Cause(ctx)
}

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[min(int(float64(len(d))*q), len(d)-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
