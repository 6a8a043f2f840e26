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
// by upgrades, and a query with option post_upgrade must answer after each, or the
// upgrade does not happen. For an executing method with option sponsored the
// contract's organisation can pay, when an account without one calls it.
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
// # Field rules
//
// What a request must look like stands in the .proto, and is checked before the
// method runs:
//
//	message PutRequest {
//	  string id = 1 [(chancery.contract.v1.field).pattern = "[a-z0-9-]{1,32}"];
//	  string owner = 2 [(chancery.contract.v1.field).code = CODE_FORMAT_USCC];
//	  repeated Part parts = 3 [(chancery.contract.v1.field) = {min_items: 1 max_items: 20}];
//	}
//
// A request that breaks a rule gets CodeInvalidField, with the path of the field,
// the rule and what it asks for. Messages inside are held to their rules, too, and
// so are values before Set and events before Emit, where a broken rule is the
// contract's own mistake: CodeBrokenRule. Responses are held to the bounds of their
// own lists only, so that what was stored under older rules stays readable.
//
// Days, months and times are integers with rules date, month and time; not_before
// makes a range of two. A field with request_id is the client's id of the request:
// a second request under the same id, by the same caller for the same origin, gets
// CodeReplayed and changes nothing.
//
// A rule always applies; make a field optional when it may be left out. Lists in
// state, events and results need max_items, unless the response is a page: one
// with string next_page_token. Patterns are those of package pattern. Methods can
// be sure of their requests' fields, and check what needs state.
//
// # Who calls
//
// Ctx.Origin is the account that signed, Ctx.Org the organisation it acts for,
// Ctx.Roles what it is there. Roles that the .proto asks for are checked before
// the method runs; "judge@court" asks for a role of that organisation, "*@court"
// for any member of it, "clerk@{config.office}" for a role of the organisation that
// field office of the item collection config names. Option callers asks for any account, any member of an
// organisation, or for contracts only. A query is public unless it asks for
// something or has visibility VISIBILITY_GATED: then whoever asks signs a permit,
// and is its Origin. In a query Origin is empty where the permit does not name
// this contract, or one that calls it.
//
// Ctx.Caller is whoever calls right now and may be another contract: decide by
// Origin only what the origin's signature was meant for.
//
// # State
//
// A collection maps a key to a message. Values are copies: change one, then Set
// it. Secondary indexes are kept by Set and Delete; each costs a write. A unique
// index makes Set fail with CodeDuplicate. Lists are read in pages of at most 100
// entries (Range.Page); a page token stays good while entries come and go, and
// shows no keys. By a number, such as a time in unix seconds, a range is read with
// the Between functions; Range.First finds the first entry or, reversed, the last.
//
// Option kind makes other collections: an item is one value, a set has keys alone
// (Add, Has, Delete), a sequence numbers what is appended to it (Append, Last), a
// queue gives out the oldest first (Push, Peek, Pop).
//
// A missing entry, an empty one and a field that is not set are three different
// things. Number collections, indexes, fields and errors once and for all: stored
// bytes and other people's programs depend on them.
//
// Everybody who runs a node can read state, events and transactions, for ever.
// Personal data has no place in them: store hashes, commitments and references.
//
// # Deadlines
//
// A contract has no thread that waits. Ctx.Schedule has a method of its own called
// at a time; the id that it returns cancels that call, so keep it where the
// deadline is. Check in the method that the deadline is still meant: block time may
// be later than what was asked for, never earlier. Option callers with
// CALLERS_SELF keeps everybody else from calling it.
//
// # Determinism
//
// Every node must compute the same. Contracts have no clock but the block time
// (Ctx.Unix), no randomness that differs between nodes, no files, no network, no
// goroutine that outlives a call. Package variables are as they were when the
// code was uploaded: what one call writes to them, the next does not see. Do not
// range over a map where the order shows.
//
// # Size and gas
//
// Code may have 4 MiB. The Go runtime takes 1.8 MB of it; fmt, encoding/json and
// reflect take as much again and are rarely worth it: strconv and string addition
// do. Package time takes 250 KB; days are in package date. Gas is charged for what
// is computed and stored, about one unit for each nanosecond; reading a key costs
// 3,000 and 1 a byte, writing one 14,000 and 4 a byte, calling another contract
// 2,500, 1 a byte and entering it.
//
// # Testing
//
// Package sdktest runs contracts as plain Go on a chain in memory, with the
// chain's rules and limits of sizes. A test takes milliseconds and can be debugged.
// It sets the time, makes scheduled calls, freezes and retires contracts, and
// upgrades them with their checks.
//
// # Other contracts
//
// Put a copy of another contract's .proto into calls/proto. It gets a package in
// calls/ with a client, and is called by the name it was deployed under:
//
//	import "example.org/housing/calls/evidence"
//
//	client := evidence.NewEvidenceServiceClient(ctx, "records/evidence")
//	resp, err := client.Anchor(&evidence.AnchorRequest{…})
//	if before, ok := evidence.DetailsOfAlreadyAnchored(err); ok {
//		return use(before.Id)
//	}
//
// Queries cannot write, whatever the other contract does; a query of this
// contract has a client of queries only. Errors are *CallError; CodeOf gives their
// code. A contract that is frozen or retired answers queries, and fails otherwise with
// status CallFrozen. The writes of a contract that failed are dropped, those of its
// caller are kept unless it returns an error, too; a *CallError that it returns reaches the
// client as CodeCallFailed with the whole of it in the details.
package sdk
