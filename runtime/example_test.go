package runtime_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// A contract is checked when it is uploaded and run by hash from then on. Here a
// world of maps stands in for the chain.
func Example() {
	rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()

	g := newGuest(1)
	code := g.entry(g.try("input", 0, 64), g.do("output", 0, 5)) // answers with its input
	if _, err := rt.Check(code); err != nil {
		log.Fatal(err)
	}
	c, err := rt.Load(sha256.Sum256(code), func() ([]byte, error) { return code, nil })
	if err != nil {
		log.Fatal(err)
	}
	call := runtime.Call{Kind: runtime.KindExecute, Method: "Echo", Payload: []byte("hello"), GasLimit: 1_000_000}
	out := rt.Run(c, call, runtimetest.NewWorld(rt).Host("records/echo"))
	fmt.Println(out.Status, string(out.Output))

	call.GasLimit = 100
	out = rt.Run(c, call, nil)
	fmt.Println(out.Status, out.GasUsed)

	_, err = rt.Check([]byte("not Wasm"))
	var invalid *runtime.InvalidCodeError
	fmt.Println(errors.As(err, &invalid), invalid.Rule)
	// Output:
	// ok hello
	// out of gas 100
	// true malformed
}
