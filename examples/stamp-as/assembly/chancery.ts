// A small SDK for contracts in AssemblyScript: the host functions that most
// contracts need, protobuf, storage keys and dispatch. docs/sdk-howto.md explains
// what is done here and why.
//
// Bytes are ArrayBuffers. Text stays what it is on the wire, UTF-8 bytes: a
// language string would be UTF-16 and another encoding of it.
//
// Nothing is freed. The host puts the instance's memory back to its image after
// every call.

// ---- The host ----------------------------------------------------------------

@external("chancery", "input")
declare function hostInput(buf: usize, cap: u32): i64;
@external("chancery", "output")
declare function hostOutput(ptr: usize, len: u32): void;
@external("chancery", "fail")
declare function hostFail(code: u32, msg: usize, msgLen: u32, details: usize, detailsLen: u32): void;
@external("chancery", "read_pending")
declare function hostReadPending(buf: usize, len: u32): void;
@external("chancery", "context")
declare function hostContext(field: u32, buf: usize, cap: u32): i64;
@external("chancery", "context_int")
declare function hostContextInt(field: u32): i64;
@external("chancery", "state_get")
declare function hostStateGet(key: usize, keyLen: u32, buf: usize, cap: u32): i64;
@external("chancery", "state_set")
declare function hostStateSet(key: usize, keyLen: u32, value: usize, valueLen: u32): void;
@external("chancery", "emit")
declare function hostEmit(type: usize, typeLen: u32, payload: usize, payloadLen: u32): void;

export namespace Field {
  export const METHOD: u32 = 4;
  export const CALLER: u32 = 5;
  export const ORIGIN: u32 = 6;
  export const ORG: u32 = 7;
  export const ROLES: u32 = 8;
  export const KIND: u32 = 32;
  export const HEIGHT: u32 = 33;
  export const TIME: u32 = 34;
}

export namespace Kind {
  export const INIT: i64 = 1;
  export const EXECUTE: i64 = 2;
  export const QUERY: i64 = 3;
  export const MIGRATE: i64 = 4;
}

// Codes that every SDK answers with in the same case.
export namespace Code {
  export const UNKNOWN_METHOD: u32 = 60001;
  export const WRONG_KIND: u32 = 60002;
  export const BAD_REQUEST: u32 = 60003;
  export const MISSING_ROLE: u32 = 60004;
  export const CORRUPT_STATE: u32 = 60007;
}

/** The bytes of a text. Call it at the top of a file: its work is in the image then. */
export function utf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

export const EMPTY = new ArrayBuffer(0);

export function equal(a: ArrayBuffer, b: ArrayBuffer): bool {
  if (a.byteLength != b.byteLength) return false;
  return memory.compare(changetype<usize>(a), changetype<usize>(b), a.byteLength) == 0;
}

/** Ends the call with an error; its writes and events are dropped. */
export function fail(code: u32, message: ArrayBuffer, details: ArrayBuffer = EMPTY): void {
  hostFail(code, changetype<usize>(message), message.byteLength, changetype<usize>(details), details.byteLength);
  unreachable(); // the host has ended the call
}

// What the host hands over lands here. A longer value waits as the pending value.
const SCRATCH = new ArrayBuffer(2048);

function take(n: i64): ArrayBuffer {
  const out = new ArrayBuffer(<i32>n);
  if (n <= SCRATCH.byteLength) {
    memory.copy(changetype<usize>(out), changetype<usize>(SCRATCH), <usize>n);
  } else {
    hostReadPending(changetype<usize>(out), <u32>n);
  }
  return out;
}

function input(): ArrayBuffer {
  return take(hostInput(changetype<usize>(SCRATCH), SCRATCH.byteLength));
}

export function context(field: u32): ArrayBuffer {
  return take(hostContext(field, changetype<usize>(SCRATCH), SCRATCH.byteLength));
}

/** The block time in seconds since 1970, rounded down. */
export function unix(): i64 {
  const nanos = hostContextInt(Field.TIME);
  const seconds = nanos / 1000000000;
  return nanos % 1000000000 < 0 ? seconds - 1 : seconds;
}

/** The value under a key, or null when there is none. An empty value is a value. */
export function get(key: ArrayBuffer): ArrayBuffer | null {
  const n = hostStateGet(changetype<usize>(key), key.byteLength, changetype<usize>(SCRATCH), SCRATCH.byteLength);
  return n < 0 ? null : take(n);
}

export function set(key: ArrayBuffer, value: ArrayBuffer): void {
  hostStateSet(changetype<usize>(key), key.byteLength, changetype<usize>(value), value.byteLength);
}

/** Emits an event; type is the full name of its message. */
export function emit(type: ArrayBuffer, payload: ArrayBuffer): void {
  hostEmit(changetype<usize>(type), type.byteLength, changetype<usize>(payload), payload.byteLength);
}

// ---- Writing: bytes, protobuf, storage keys -----------------------------------

export class Writer {
  private buf: ArrayBuffer = new ArrayBuffer(128);
  private len: i32 = 0;

  /** What was written. */
  bytes(): ArrayBuffer {
    return this.buf.slice(0, this.len);
  }

  byte(c: u8): void {
    this.reserve(1);
    store<u8>(changetype<usize>(this.buf) + this.len++, c);
  }

  raw(v: ArrayBuffer): void {
    this.reserve(v.byteLength);
    memory.copy(changetype<usize>(this.buf) + this.len, changetype<usize>(v), v.byteLength);
    this.len += v.byteLength;
  }

  varint(v: u64): void {
    for (; v >= 0x80; v >>= 7) this.byte(<u8>v | 0x80);
    this.byte(<u8>v);
  }

  // Fields are written in the order of their numbers, and not at all when zero or
  // empty: stored bytes are proved, so one message has one encoding.

  putBytes(field: u32, v: ArrayBuffer): void {
    if (v.byteLength > 0) this.putMessage(field, v);
  }

  /** Writes an empty message too: its presence is information. */
  putMessage(field: u32, v: ArrayBuffer): void {
    this.varint(<u64>field << 3 | 2);
    this.varint(v.byteLength);
    this.raw(v);
  }

  putUint64(field: u32, v: u64): void {
    if (v == 0) return;
    this.varint(<u64>field << 3);
    this.varint(v);
  }

  /** An int64 (not sint64): two's complement, ten bytes when negative. */
  putInt64(field: u32, v: i64): void {
    this.putUint64(field, <u64>v);
  }

  private reserve(more: i32): void {
    const need = this.len + more;
    if (need <= this.buf.byteLength) return;
    const larger = new ArrayBuffer(max(need, 2 * this.buf.byteLength));
    memory.copy(changetype<usize>(larger), changetype<usize>(this.buf), this.len);
    this.buf = larger;
  }
}

/** A storage key: the collection's number, then 0 for an entry or the number of an index. */
export class Key extends Writer {
  constructor(collection: u16, index: u8 = 0) {
    super();
    this.byte(<u8>(collection >> 8));
    this.byte(<u8>collection);
    this.byte(index);
  }

  /** A string or bytes part: 00 becomes 00 FF, 00 01 ends it. */
  part(v: ArrayBuffer): Key {
    for (let i = 0; i < v.byteLength; i++) {
      const c = load<u8>(changetype<usize>(v) + i);
      this.byte(c);
      if (c == 0) this.byte(0xff);
    }
    this.byte(0);
    this.byte(1);
    return this;
  }

  /** An unsigned part, big endian. A signed one has its sign bit flipped first. */
  uint64(v: u64): Key {
    for (let shift = 56; shift >= 0; shift -= 8) this.byte(<u8>(v >> shift));
    return this;
  }
}

// ---- Reading protobuf ----------------------------------------------------------

/**
 * Walks the fields of one message. When the bytes are no message, bad becomes
 * true and there are no further fields.
 */
export class Reader {
  bad: bool = false;
  number: u32 = 0;
  private type: u32 = 0; // 0 varint, 1 eight bytes, 2 bytes, 3 group, 5 four bytes
  private value: u64 = 0; // for type 0
  private from: i32 = 0; // for type 2: what lies behind is the value
  private pos: i32 = 0;

  constructor(private buf: ArrayBuffer) {}

  /** Reads the next field; false at the end and when bad. */
  next(): bool {
    if (this.bad || this.pos == this.buf.byteLength) return false;
    this.field();
    if (this.type == 4) this.bad = true; // the end of a group that did not begin
    if (this.type != 3) return !this.bad;
    // Groups occur in fields that this code does not know. Counted, not called: a
    // request may nest a hundred thousand.
    const number = this.number;
    for (let depth = 1; depth > 0 && !this.bad; ) {
      this.field();
      if (this.type == 3) depth++;
      if (this.type == 4) depth--;
    }
    this.number = number;
    this.type = 3;
    return !this.bad;
  }

  // Values of the field; another wire type than declared makes the message bad.

  bytes(): ArrayBuffer {
    if (this.type == 2) return this.buf.slice(this.from, this.pos);
    this.bad = true;
    return EMPTY;
  }

  text(): ArrayBuffer {
    const b = this.bytes();
    if (!isUTF8(b)) this.bad = true;
    return b;
  }

  uint64(): u64 {
    if (this.type != 0) this.bad = true;
    return this.value;
  }

  /** Ends the call when a request was bad. */
  done(): void {
    if (this.bad) fail(Code.BAD_REQUEST, BAD_REQUEST);
  }

  /** Reads one tag and the value behind it, groups aside. */
  private field(): void {
    const tag = this.varint();
    this.number = <u32>(tag >> 3);
    this.type = <u32>tag & 7;
    if (tag >> 3 < 1 || tag >> 3 >= 1 << 29) this.bad = true;
    switch (this.type) {
      case 0: this.value = this.varint(); break;
      case 1: this.skip(8); break;
      case 2: this.skip(this.varint()); break;
      case 3: case 4: break;
      case 5: this.skip(4); break;
      default: this.bad = true;
    }
  }

  private varint(): u64 {
    let v: u64 = 0;
    for (let shift: u64 = 0; shift < 64 && this.pos < this.buf.byteLength; shift += 7) {
      const c = <u64>load<u8>(changetype<usize>(this.buf) + this.pos++);
      if (shift == 63 && c > 1) break; // beyond 64 bits
      v |= (c & 0x7f) << shift;
      if (c < 0x80) return v;
    }
    this.bad = true;
    return 0;
  }

  private skip(n: u64): void {
    this.from = this.pos;
    if (this.bad || n > <u64>(this.buf.byteLength - this.pos)) {
      this.bad = true;
    } else {
      this.pos += <i32>n;
    }
  }
}

/** Reports whether bytes are text: no overlong forms, no surrogates. */
function isUTF8(b: ArrayBuffer): bool {
  for (let i = 0; i < b.byteLength; ) {
    const c = load<u8>(changetype<usize>(b) + i++);
    let more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || more > b.byteLength - i) return false;
    let low: u8 = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    let high: u8 = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    for (; more > 0; more--) {
      const next = load<u8>(changetype<usize>(b) + i++);
      if (next < low || next > high) return false;
      low = 0x80;
      high = 0xbf;
    }
  }
  return true;
}

// ---- Dispatch ------------------------------------------------------------------

export class Method {
  constructor(
    public name: ArrayBuffer,
    public kind: i64,
    /** Roles of which the origin needs one, a newline between two; empty: anybody. */
    public roles: ArrayBuffer,
    /** Returns the response. */
    public run: (request: ArrayBuffer) => ArrayBuffer,
  ) {}
}

const BAD_REQUEST = utf8("the request does not decode");
const UNKNOWN_METHOD = utf8("no such method");
const WRONG_KIND = utf8("the method is not called this way");
const MISSING_ROLE = utf8("the method needs a role");

/** Runs the method that the call names. */
export function serve(methods: StaticArray<Method>): void {
  const name = context(Field.METHOD);
  for (let i = 0; i < methods.length; i++) {
    const m = methods[i];
    if (!equal(m.name, name)) continue;
    if (hostContextInt(Field.KIND) != m.kind) fail(Code.WRONG_KIND, WRONG_KIND);
    if (!allowed(m.roles)) fail(Code.MISSING_ROLE, MISSING_ROLE);
    const response = m.run(input());
    hostOutput(changetype<usize>(response), response.byteLength);
    return;
  }
  fail(Code.UNKNOWN_METHOD, UNKNOWN_METHOD);
}

function allowed(roles: ArrayBuffer): bool {
  if (roles.byteLength == 0) return true;
  for (let at = 0; at < roles.byteLength; ) {
    const end = find(roles, at, 10);
    if (hasRole(roles.slice(at, end))) return true;
    at = end + 1;
  }
  return false;
}

/** Reports whether the origin has a role: "clerk" in whichever organisation it acts for, "clerk@housing" in that one. */
function hasRole(role: ArrayBuffer): bool {
  const mark = find(role, 0, 64);
  if (mark < role.byteLength && !equal(role.slice(mark + 1), context(Field.ORG))) return false;
  const name = role.slice(0, mark);
  const have = context(Field.ROLES);
  for (let at = 0; at < have.byteLength; ) {
    const end = find(have, at, 10);
    if (equal(have.slice(at, end), name)) return true;
    at = end + 1;
  }
  return false;
}

/** Where a byte is, at or behind from; the length when it is nowhere. */
function find(b: ArrayBuffer, from: i32, c: u8): i32 {
  let at = from;
  while (at < b.byteLength && load<u8>(changetype<usize>(b) + at) != c) at++;
  return at;
}
