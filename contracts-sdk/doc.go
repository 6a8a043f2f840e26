// Package sdk is what a contract imports. Contracts are written in Go, compiled
// by the standard Go toolchain to Wasm, and tested as plain Go.
//
// # One .proto is the contract
//
// A contract is a protobuf service. Its .proto also declares what is stored
// (collections), announced (events) and refused (errors). From it "chancery
// contract generate" makes everything but the methods' bodies:
//
//	service NoteService {
//	  option (chancery.contract.v1.contract) = {title: "Notes"};
//	  rpc Put(PutRequest) returns (PutResponse);
//	  rpc Get(GetRequest) returns (GetResponse) {
//	    option idempotency_level = NO_SIDE_EFFECTS;   // a query
//	  }
//	}
//
// Methods are executed by transactions, unless they have no side effects: then
// they are queries, which applications read over Connect without a transaction.
// A method with option init runs once, by deploy; one with option migrate runs
// by upgrades.
//
// # What to write
//
// Type Contract in the same package, with the service's methods:
//
//	func (*Contract) Put(ctx *sdk.Ctx, req *PutRequest) (*PutResponse, error) {
//		notes := NewState(ctx).Notes
//		if before, ok := notes.Get(req.Id); ok && before.Owner != ctx.Origin() {
//			return nil, ErrNotOwner()
//		}
//		note := &Note{Id: req.Id, Owner: ctx.Origin(), Text: req.Text}
//		if err := notes.Set(note); err != nil {
//			return nil, err
//		}
//		EmitNotePut(ctx, &NotePut{Id: note.Id})
//		return &PutResponse{Note: note}, nil
//	}
//
// A method that returns an error leaves nothing behind: its writes and events
// are dropped, and so are those of the contracts it called. Return the errors
// that are generated from the .proto, so that clients can tell them apart; any
// other error reaches them as CodeInternal with its text. A panic ends the call
// as a crash.
//
// # Who calls
//
// Ctx.Origin is the account that signed, Ctx.Org the organisation it acts for,
// Ctx.Roles what it is there. Roles that the .proto asks for are checked before
// the method runs; "judge@court" asks for a role of that organisation. Ctx.Caller
// is whoever calls right now and may be another contract: decide by Origin only
// what the origin's signature was meant for.
//
// # State
//
// A collection maps a key to a message. Values are copies: change one, then Set
// it. Secondary indexes are kept by Set and Delete; each costs a write. A unique
// index makes Set fail with CodeDuplicate. Lists are read in pages of at most 100
// entries (Range.Page); a page token stays good while entries come and go.
//
// A missing entry, an empty one and a field that is not set are three different
// things. Number collections, indexes, fields and errors once and for all: stored
// bytes and other people's programs depend on them.
//
// Everybody who runs a node can read state, events and transactions, for ever.
// Personal data has no place in them: store hashes, commitments and references.
//
// # Determinism
//
// Every node must compute the same. Contracts have no clock but the block time
// (Ctx.Time), no randomness that differs between nodes, no files, no network, no
// goroutine that outlives a call. Package variables are as they were when the
// code was uploaded: what one call writes to them, the next does not see. Do not
// range over a map where the order shows.
//
// # Size and gas
//
// Code may have 4 MiB. The Go runtime takes 1.8 MB of it; fmt, encoding/json and
// reflect take as much again and are rarely worth it: strconv and string addition
// do. Gas is charged for what is computed and stored, about one unit for each
// nanosecond; reading a key costs 4,000, writing one 16,000, calling another
// contract 20,000.
//
// # Testing
//
// Package sdktest runs contracts as plain Go on a chain in memory, with the
// chain's rules. A test takes milliseconds and can be debugged.
//
// # Other contracts
//
// The client that is generated for a contract works from another contract, too:
//
//	evidence := evidence.NewEvidenceServiceClient(ctx, "records/evidence")
//	resp, err := evidence.Anchor(&evidence.AnchorRequest{…})
//
// Its errors are *CallError; CodeOf gives their code.
package sdk
