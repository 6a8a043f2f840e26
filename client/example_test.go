package client_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"connectrpc.com/connect"

	evidencev1 "github.com/chancery-chain/chancery/api/gen/examples/evidence/v1"
	"github.com/chancery-chain/chancery/api/gen/examples/evidence/v1/evidencev1connect"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/client/proof"
)

// An application calls a contract with the client that protoc-gen-connect-go
// made of its .proto.
func ExampleClient() {
	c, err := client.Dial("http://127.0.0.1:26680")
	if err != nil {
		log.Fatal(err)
	}
	key, err := client.OpenKeyring("devnet/keys").Unlock("records-clerk", nil)
	if err != nil {
		log.Fatal(err)
	}
	signer := c.Signer(key, "records")
	evidence := evidencev1connect.NewEvidenceServiceClient(signer.HTTPClient(), c.ContractURL("records/evidence"))

	// Anchor writes state: the transport signs a tx and waits for its commit.
	resp, err := evidence.Anchor(context.Background(), connect.NewRequest(&evidencev1.AnchorRequest{
		Sha256: make([]byte, 32), Sm3: make([]byte, 32), MediaType: "text/plain", CaseRef: "case-7", Method: "upload",
	}))
	if e := client.ContractError(err); e != nil {
		fmt.Println("the contract refuses:", e.Name, e.Message)
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("anchored at height", resp.Header().Get(client.HeaderHeight))

	// Get reads it: the node answers at once.
	got, err := evidence.Get(context.Background(), connect.NewRequest(&evidencev1.GetRequest{Id: resp.Msg.Record.Id}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("owner", got.Msg.Record.Owner)
}

// Whoever has the genesis checks a proof without any node.
func Example_proof() {
	genesis, err := os.ReadFile("genesis.json")
	if err != nil {
		log.Fatal(err)
	}
	trust, err := proof.TrustFromGenesis(genesis)
	if err != nil {
		log.Fatal(err)
	}
	b, err := os.ReadFile("evidence.proof.json")
	if err != nil {
		log.Fatal(err)
	}
	p, err := proof.Decode(b)
	if err != nil {
		log.Fatal(err)
	}
	v, err := proof.Verify(p, trust)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%x stood in %s after block %d\n", v.Value, v.Contract, v.Height)
}
