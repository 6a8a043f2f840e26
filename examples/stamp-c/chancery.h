// chancery.h is a small SDK for contracts in freestanding C: the host functions
// that most contracts need, memory, protobuf, storage keys and dispatch.
// docs/sdk-howto.md explains what is done here and why.
//
// Nothing is freed. The host puts the instance's memory back to its image after
// every call, so a call's memory lives exactly as long as the call.
#ifndef CHANCERY_H
#define CHANCERY_H

#include <stdbool.h>
#include <stdint.h>

// A run of bytes that somebody else owns. Text is bytes too, in UTF-8.
typedef struct {
  const uint8_t *at;
  uint32_t len;
} chy_bytes;

// CHY_TEXT is a string literal as bytes, without the zero at its end.
#define CHY_TEXT(literal) ((chy_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline bool chy_equal(chy_bytes a, chy_bytes b) {
  if (a.len != b.len) return false;
  for (uint32_t i = 0; i < a.len; i++)
    if (a.at[i] != b.at[i]) return false;
  return true;
}

// ---- The host ----------------------------------------------------------------

#define CHY_HOST(name) __attribute__((import_module("chancery"), import_name(name)))

CHY_HOST("input") int64_t chy_host_input(void *buf, uint32_t cap);
CHY_HOST("output") void chy_host_output(const void *at, uint32_t len);
CHY_HOST("fail") __attribute__((noreturn))
void chy_host_fail(uint32_t code, const void *msg, uint32_t msg_len, const void *details, uint32_t details_len);
CHY_HOST("read_pending") void chy_host_read_pending(void *buf, uint32_t len);
CHY_HOST("context") int64_t chy_host_context(uint32_t field, void *buf, uint32_t cap);
CHY_HOST("context_int") int64_t chy_host_context_int(uint32_t field);
CHY_HOST("state_get") int64_t chy_host_state_get(const void *key, uint32_t key_len, void *buf, uint32_t cap);
CHY_HOST("state_set") void chy_host_state_set(const void *key, uint32_t key_len, const void *value, uint32_t value_len);
CHY_HOST("emit") void chy_host_emit(const void *type, uint32_t type_len, const void *payload, uint32_t payload_len);

enum { CHY_CONTRACT = 3, CHY_METHOD = 4, CHY_CALLER = 5, CHY_ORIGIN = 6, CHY_ORG = 7, CHY_ROLES = 8 };
enum { CHY_KIND = 32, CHY_HEIGHT = 33, CHY_TIME = 34 };
enum { CHY_INIT = 1, CHY_EXECUTE = 2, CHY_QUERY = 3, CHY_MIGRATE = 4 };

// Codes that every SDK answers with in the same case.
enum {
  CHY_INTERNAL = 60000,
  CHY_UNKNOWN_METHOD = 60001,
  CHY_WRONG_KIND = 60002,
  CHY_BAD_REQUEST = 60003,
  CHY_MISSING_ROLE = 60004,
  CHY_CORRUPT_STATE = 60007,
};

// chy_fail ends the call with an error; its writes and events are dropped.
__attribute__((noreturn)) static inline void chy_fail(uint32_t code, chy_bytes message, chy_bytes details) {
  chy_host_fail(code, message.at, message.len, details.at, details.len);
}

// ---- Memory ------------------------------------------------------------------

extern uint8_t __heap_base; // set by the linker: the first byte behind data and stack

static uint32_t chy_used; // bytes used behind __heap_base

static inline uint32_t chy_room(void) {
  return (uint32_t)__builtin_wasm_memory_size(0) * 65536u - (uint32_t)&__heap_base - chy_used;
}

// chy_alloc returns memory for the rest of the call. It grows the instance only
// where its first pages do not suffice: a call that grows pays for a new instance.
static inline uint8_t *chy_alloc(uint32_t len) {
  uint32_t room = chy_room();
  if (len > room && __builtin_wasm_memory_grow(0, (len - room - 1) / 65536u + 1) == (unsigned long)-1)
    chy_fail(CHY_INTERNAL, CHY_TEXT("out of memory"), (chy_bytes){0, 0});
  uint8_t *at = &__heap_base + chy_used;
  chy_used += len;
  return at;
}

// chy_take keeps a value of n bytes for which the host was offered all the room
// that there was: it is there already, or it waits as the pending value.
static inline chy_bytes chy_take(int64_t n, uint32_t room) {
  uint8_t *at = chy_alloc((uint32_t)n);
  if (n > room) chy_host_read_pending(at, (uint32_t)n);
  return (chy_bytes){at, (uint32_t)n};
}

static inline chy_bytes chy_input(void) {
  uint32_t room = chy_room();
  return chy_take(chy_host_input(&__heap_base + chy_used, room), room);
}

static inline chy_bytes chy_context(uint32_t field) {
  uint32_t room = chy_room();
  return chy_take(chy_host_context(field, &__heap_base + chy_used, room), room);
}

// chy_unix returns the block time in seconds since 1970, rounded down.
static inline int64_t chy_unix(void) {
  int64_t nanos = chy_host_context_int(CHY_TIME), seconds = nanos / 1000000000;
  return nanos % 1000000000 < 0 ? seconds - 1 : seconds;
}

// chy_get finds the value under a key. Missing is false; an empty value is a value.
static inline bool chy_get(chy_bytes key, chy_bytes *value) {
  uint32_t room = chy_room();
  int64_t n = chy_host_state_get(key.at, key.len, &__heap_base + chy_used, room);
  if (n < 0) return false;
  *value = chy_take(n, room);
  return true;
}

static inline void chy_set(chy_bytes key, chy_bytes value) {
  chy_host_state_set(key.at, key.len, value.at, value.len);
}

// ---- Writing: bytes, protobuf, storage keys -----------------------------------

typedef struct {
  uint8_t *at;
  uint32_t len, cap;
} chy_writer;

static inline chy_bytes chy_written(const chy_writer *w) { return (chy_bytes){w->at, w->len}; }

static inline void chy_byte(chy_writer *w, uint8_t c) {
  if (w->len == w->cap) {
    uint32_t cap = w->cap ? 2 * w->cap : 128;
    uint8_t *at = chy_alloc(cap);
    for (uint32_t i = 0; i < w->len; i++) at[i] = w->at[i];
    w->at = at, w->cap = cap;
  }
  w->at[w->len++] = c;
}

static inline void chy_varint(chy_writer *w, uint64_t v) {
  for (; v >= 0x80; v >>= 7) chy_byte(w, (uint8_t)v | 0x80);
  chy_byte(w, (uint8_t)v);
}

// chy_put_message writes a bytes or message field even when it is empty: the
// presence of a message is information.
static inline void chy_put_message(chy_writer *w, uint32_t field, chy_bytes v) {
  chy_varint(w, (uint64_t)field << 3 | 2);
  chy_varint(w, v.len);
  for (uint32_t i = 0; i < v.len; i++) chy_byte(w, v.at[i]);
}

// Fields are written in the order of their numbers, and not at all when zero or
// empty: stored bytes are proved, so one message has one encoding.
static inline void chy_put_bytes(chy_writer *w, uint32_t field, chy_bytes v) {
  if (v.len > 0) chy_put_message(w, field, v);
}

static inline void chy_put_uint64(chy_writer *w, uint32_t field, uint64_t v) {
  if (v == 0) return;
  chy_varint(w, (uint64_t)field << 3);
  chy_varint(w, v);
}

// chy_put_int64 writes an int64 (not sint64): two's complement, ten bytes when
// negative.
static inline void chy_put_int64(chy_writer *w, uint32_t field, int64_t v) { chy_put_uint64(w, field, (uint64_t)v); }

// chy_key begins a storage key: the collection's number, then 0 for an entry or
// the number of an index.
static inline chy_writer chy_key(uint16_t collection, uint8_t index) {
  chy_writer w = {0};
  chy_byte(&w, (uint8_t)(collection >> 8));
  chy_byte(&w, (uint8_t)collection);
  chy_byte(&w, index);
  return w;
}

// chy_key_bytes appends a string or bytes part: 00 becomes 00 FF, 00 01 ends it.
static inline void chy_key_bytes(chy_writer *w, chy_bytes v) {
  for (uint32_t i = 0; i < v.len; i++) {
    chy_byte(w, v.at[i]);
    if (v.at[i] == 0) chy_byte(w, 0xff);
  }
  chy_byte(w, 0);
  chy_byte(w, 1);
}

// chy_key_uint64 appends an unsigned part, big endian. A signed one has its sign
// bit flipped first.
static inline void chy_key_uint64(chy_writer *w, uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) chy_byte(w, (uint8_t)(v >> shift));
}

// ---- Reading protobuf ----------------------------------------------------------

// A reader walks the fields of one message. When the bytes are no message, bad
// becomes true and there are no further fields.
typedef struct {
  chy_bytes in;
  uint32_t pos;
  bool bad;
} chy_reader;

typedef struct {
  uint32_t number, type; // type: 0 varint, 1 eight bytes, 2 bytes, 3 group, 5 four bytes
  uint64_t varint;       // for type 0
  chy_bytes bytes;       // for type 2
} chy_field;

static inline uint64_t chy_read_varint(chy_reader *r) {
  uint64_t v = 0;
  for (uint32_t shift = 0; shift < 64 && r->pos < r->in.len; shift += 7) {
    uint8_t c = r->in.at[r->pos++];
    if (shift == 63 && c > 1) break; // beyond 64 bits
    v |= (uint64_t)(c & 0x7f) << shift;
    if (c < 0x80) return v;
  }
  r->bad = true;
  return 0;
}

static inline chy_bytes chy_read_span(chy_reader *r, uint64_t len) {
  if (r->bad || len > r->in.len - r->pos) {
    r->bad = true;
    return (chy_bytes){0, 0};
  }
  chy_bytes span = {r->in.at + r->pos, (uint32_t)len};
  r->pos += (uint32_t)len;
  return span;
}

// chy_read_field reads one tag and the value behind it, groups aside.
static inline void chy_read_field(chy_reader *r, chy_field *f) {
  uint64_t tag = chy_read_varint(r);
  f->number = (uint32_t)(tag >> 3), f->type = tag & 7;
  if (tag >> 3 < 1 || tag >> 3 >= 1u << 29) r->bad = true;
  switch (f->type) {
  case 0: f->varint = chy_read_varint(r); break;
  case 1: chy_read_span(r, 8); break;
  case 2: f->bytes = chy_read_span(r, chy_read_varint(r)); break;
  case 3: case 4: break;
  case 5: chy_read_span(r, 4); break;
  default: r->bad = true;
  }
}

// chy_next reads the next field; false at the end and when bad.
static inline bool chy_next(chy_reader *r, chy_field *f) {
  if (r->bad || r->pos == r->in.len) return false;
  chy_read_field(r, f);
  if (f->type == 4) r->bad = true; // the end of a group that did not begin
  if (f->type != 3) return !r->bad;
  // Groups occur in fields that this code does not know. Counted, not called: a
  // request may nest a hundred thousand.
  chy_field inner;
  for (uint32_t depth = 1; depth > 0 && !r->bad;) {
    chy_read_field(r, &inner);
    if (inner.type == 3) depth++;
    if (inner.type == 4) depth--;
  }
  return !r->bad;
}

// chy_utf8 reports whether bytes are text: no overlong forms, no surrogates.
static inline bool chy_utf8(chy_bytes b) {
  for (uint32_t i = 0; i < b.len;) {
    uint8_t c = b.at[i++], low = 0x80, high = 0xbf;
    uint32_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || more > b.len - i) return false;
    if (c == 0xe0) low = 0xa0;
    if (c == 0xed) high = 0x9f;
    if (c == 0xf0) low = 0x90;
    if (c == 0xf4) high = 0x8f;
    for (; more > 0; more--, low = 0x80, high = 0xbf)
      if (b.at[i] < low || b.at[i++] > high) return false;
  }
  return true;
}

// Values of a field; another wire type than declared makes the message bad.
static inline chy_bytes chy_as_bytes(chy_reader *r, const chy_field *f) {
  if (f->type == 2) return f->bytes;
  r->bad = true;
  return (chy_bytes){0, 0};
}

static inline chy_bytes chy_as_text(chy_reader *r, const chy_field *f) {
  chy_bytes text = chy_as_bytes(r, f);
  if (!chy_utf8(text)) r->bad = true;
  return text;
}

static inline uint64_t chy_as_uint64(chy_reader *r, const chy_field *f) {
  if (f->type == 0) return f->varint;
  r->bad = true;
  return 0;
}

// chy_done ends the call when a request was bad.
static inline void chy_done(const chy_reader *r) {
  if (r->bad) chy_fail(CHY_BAD_REQUEST, CHY_TEXT("the request does not decode"), (chy_bytes){0, 0});
}

// ---- Dispatch ------------------------------------------------------------------

typedef struct {
  chy_bytes name;
  int64_t kind;
  chy_bytes roles; // that the origin needs one of, a newline between two; empty: anybody
  chy_bytes (*run)(chy_bytes request); // returns the response
} chy_method;

// chy_cut takes what stands before a mark off the front of text, the mark too.
static inline chy_bytes chy_cut(chy_bytes *text, uint8_t mark) {
  uint32_t n = 0;
  while (n < text->len && text->at[n] != mark) n++;
  chy_bytes word = {text->at, n};
  uint32_t skip = n < text->len ? n + 1 : n;
  text->at += skip, text->len -= skip;
  return word;
}

// chy_has_role reports whether the origin has a role: "clerk" in whichever
// organisation it acts for, "clerk@housing" in that one.
static inline bool chy_has_role(chy_bytes role) {
  chy_bytes name = chy_cut(&role, '@');
  if (role.len > 0 && !chy_equal(role, chy_context(CHY_ORG))) return false;
  for (chy_bytes have = chy_context(CHY_ROLES); have.len > 0;)
    if (chy_equal(chy_cut(&have, '\n'), name)) return true;
  return false;
}

static inline bool chy_allowed(chy_bytes roles) {
  bool anybody = roles.len == 0;
  while (roles.len > 0)
    if (chy_has_role(chy_cut(&roles, '\n'))) return true;
  return anybody;
}

// chy_serve runs the method that the call names.
static inline void chy_serve(const chy_method *methods, uint32_t count) {
  chy_bytes name = chy_context(CHY_METHOD), none = {0, 0};
  for (uint32_t i = 0; i < count; i++) {
    const chy_method *m = &methods[i];
    if (!chy_equal(m->name, name)) continue;
    if (chy_host_context_int(CHY_KIND) != m->kind)
      chy_fail(CHY_WRONG_KIND, CHY_TEXT("the method is not called this way"), none);
    if (!chy_allowed(m->roles)) chy_fail(CHY_MISSING_ROLE, CHY_TEXT("the method needs a role"), none);
    chy_bytes response = m->run(chy_input());
    chy_host_output(response.at, response.len);
    return;
  }
  chy_fail(CHY_UNKNOWN_METHOD, CHY_TEXT("no such method"), none);
}

#endif
