// Command packcontract makes a contract of a module that another compiler than
// Go's made: it adds the descriptors and the build data, and checks that the
// chain takes the code. Sources are named relative to -dir.
//
//	packcontract -proto DIR -dir DIR -compiler TEXT -command TEXT MODULE OUT SOURCE...
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/runtime"
)

func main() {
	var p contractbuild.Packing
	flag.StringVar(&p.Proto, "proto", ".", "folder of which proto/ has the contract's .proto")
	flag.StringVar(&p.Dir, "dir", ".", "folder of the sources")
	flag.StringVar(&p.Compiler, "compiler", "", "name and version of the compiler")
	flag.StringVar(&p.Command, "command", "", "command that repeats the build")
	flag.Parse()
	if flag.NArg() < 3 {
		flag.Usage()
		os.Exit(2)
	}
	p.Sources = flag.Args()[2:]
	if err := pack(flag.Arg(0), flag.Arg(1), p); err != nil {
		fmt.Fprintln(os.Stderr, "packcontract:", err)
		os.Exit(1)
	}
}

func pack(in, out string, p contractbuild.Packing) error {
	module, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	code, err := contractbuild.Pack(module, p)
	if err != nil {
		return err
	}
	rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
	if err != nil {
		return err
	}
	defer rt.Close()
	if _, err := rt.Check(code); err != nil {
		return fmt.Errorf("the chain would refuse this code: %w", err)
	}
	if err := os.WriteFile(out, code, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d of them by %s; code hash %x\n", out, len(code), len(module), p.Compiler, sha256.Sum256(code))
	return nil
}
