// The stamp counter of examples/stamp/proto, in AssemblyScript. What it answers,
// stores and emits is byte for byte what the Go version does.
import { Code, EMPTY, Field, Key, Kind, Method, Reader, Writer, context, emit, equal, fail, get, serve, set, unix, utf8 } from "./chancery";

// enum Error
const INVALID: u32 = 1;
const NEVER_STAMPED: u32 = 2;
const ALREADY_STAMPED: u32 = 3;

const COUNTERS: u16 = 1; // number of the collection
const DIGEST_BYTES = 32;
const MAX_KIND_BYTES = 32;

const STAMPED = utf8("chancery.examples.stamp.v1.Stamped");
const FIELD_DIGEST = utf8("digest");
const FIELD_KIND = utf8("kind");
const RULE_DIGEST = utf8("32 bytes");
const RULE_KIND = utf8("1 to 32 bytes");
const BAD_DIGEST = utf8("Field digest must be 32 bytes.");
const BAD_KIND = utf8("Field kind must be 1 to 32 bytes.");
const NEVER = utf8("No paper of this kind was stamped yet.");
const CORRUPT = utf8("collection counters: a value does not decode");

class Counter {
  kind: ArrayBuffer = EMPTY;
  number: u64 = 0;
  digest: ArrayBuffer = EMPTY;
  stampedAt: i64 = 0;
  stampedBy: ArrayBuffer = EMPTY;

  encode(): ArrayBuffer {
    const w = new Writer();
    w.putBytes(1, this.kind);
    w.putUint64(2, this.number);
    w.putBytes(3, this.digest);
    w.putInt64(4, this.stampedAt);
    w.putBytes(5, this.stampedBy);
    return w.bytes();
  }

  static decode(value: ArrayBuffer): Counter {
    const c = new Counter();
    const r = new Reader(value);
    while (r.next()) {
      switch (r.number) {
        case 1: c.kind = r.text(); break;
        case 2: c.number = r.uint64(); break;
        case 3: c.digest = r.bytes(); break;
        case 4: c.stampedAt = <i64>r.uint64(); break;
        case 5: c.stampedBy = r.text(); break;
      }
    }
    if (r.bad) fail(Code.CORRUPT_STATE, CORRUPT);
    return c;
  }
}

function counterKey(kind: ArrayBuffer): ArrayBuffer {
  return new Key(COUNTERS).part(kind).bytes();
}

function invalid(field: ArrayBuffer, rule: ArrayBuffer, sentence: ArrayBuffer): void {
  const details = new Writer(); // message InvalidField
  details.putBytes(1, field);
  details.putBytes(2, rule);
  fail(INVALID, sentence, details.bytes());
}

function checkKind(kind: ArrayBuffer): void {
  if (kind.byteLength < 1 || kind.byteLength > MAX_KIND_BYTES) invalid(FIELD_KIND, RULE_KIND, BAD_KIND);
}

function alreadyStamped(number: u64): void {
  const details = new Writer(); // message AlreadyStamped
  details.putUint64(1, number);
  fail(ALREADY_STAMPED, utf8("This paper has number " + number.toString() + " already."), details.bytes());
}

// rpc Stamp(StampRequest) returns (StampResponse)
function stamp(request: ArrayBuffer): ArrayBuffer {
  let digest = EMPTY;
  let kind = EMPTY;
  const r = new Reader(request);
  while (r.next()) {
    switch (r.number) {
      case 1: digest = r.bytes(); break;
      case 2: kind = r.text(); break;
    }
  }
  r.done();
  if (digest.byteLength != DIGEST_BYTES) invalid(FIELD_DIGEST, RULE_DIGEST, BAD_DIGEST);
  checkKind(kind);

  const key = counterKey(kind);
  const value = get(key);
  let c = new Counter();
  c.kind = kind;
  if (value !== null) {
    c = Counter.decode(value);
    if (equal(c.digest, digest)) alreadyStamped(c.number);
  }
  c.number++; // by one for each tx: 64 bits are never used up
  c.digest = digest;
  c.stampedAt = unix();
  c.stampedBy = context(Field.ORIGIN);
  set(key, c.encode());

  const event = new Writer(); // message Stamped
  event.putBytes(1, kind);
  event.putUint64(2, c.number);
  event.putBytes(3, digest);
  emit(STAMPED, event.bytes());

  const response = new Writer();
  response.putUint64(1, c.number);
  return response.bytes();
}

// rpc Last(LastRequest) returns (LastResponse)
function last(request: ArrayBuffer): ArrayBuffer {
  let kind = EMPTY;
  const r = new Reader(request);
  while (r.next()) {
    if (r.number == 1) kind = r.text();
  }
  r.done();
  checkKind(kind);
  const value = get(counterKey(kind));
  if (value === null) {
    fail(NEVER_STAMPED, NEVER);
    return EMPTY;
  }
  Counter.decode(value); // what does not decode must not go out as an answer
  const response = new Writer();
  response.putMessage(1, value);
  return response.bytes();
}

// Made once, when the node makes the image of the contract.
const METHODS: StaticArray<Method> = [
  new Method(utf8("Stamp"), Kind.EXECUTE, utf8("clerk\nregistrar@records"), stamp),
  new Method(utf8("Last"), Kind.QUERY, EMPTY, last),
];

// The entry point of every call.
export function chancery_v1_call(): void {
  serve(METHODS);
}
