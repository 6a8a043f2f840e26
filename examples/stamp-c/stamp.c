// The stamp counter of examples/stamp/proto, in C. What it answers, stores and
// emits is byte for byte what the Go version does.
#include "chancery.h"

enum { INVALID = 1, NEVER_STAMPED = 2, ALREADY_STAMPED = 3 }; // enum Error
enum { COUNTERS = 1 };                                        // number of the collection
enum { DIGEST_BYTES = 32, MAX_KIND_BYTES = 32 };

// message Counter
typedef struct {
  chy_bytes kind, digest, stamped_by;
  uint64_t number;
  int64_t stamped_at;
} counter;

static chy_bytes encode_counter(const counter *c) {
  chy_writer w = {0};
  chy_put_bytes(&w, 1, c->kind);
  chy_put_uint64(&w, 2, c->number);
  chy_put_bytes(&w, 3, c->digest);
  chy_put_int64(&w, 4, c->stamped_at);
  chy_put_bytes(&w, 5, c->stamped_by);
  return chy_written(&w);
}

static counter decode_counter(chy_bytes value) {
  counter c = {0};
  chy_reader r = {.in = value};
  for (chy_field f; chy_next(&r, &f);) switch (f.number) {
    case 1: c.kind = chy_as_text(&r, &f); break;
    case 2: c.number = chy_as_uint64(&r, &f); break;
    case 3: c.digest = chy_as_bytes(&r, &f); break;
    case 4: c.stamped_at = (int64_t)chy_as_uint64(&r, &f); break;
    case 5: c.stamped_by = chy_as_text(&r, &f); break;
    }
  if (r.bad) chy_fail(CHY_CORRUPT_STATE, CHY_TEXT("collection counters: a value does not decode"), (chy_bytes){0, 0});
  return c;
}

static chy_bytes counter_key(chy_bytes kind) {
  chy_writer key = chy_key(COUNTERS, 0);
  chy_key_bytes(&key, kind);
  return chy_written(&key);
}

__attribute__((noreturn)) static void invalid(chy_bytes field, chy_bytes rule, chy_bytes sentence) {
  chy_writer details = {0}; // message InvalidField
  chy_put_bytes(&details, 1, field);
  chy_put_bytes(&details, 2, rule);
  chy_fail(INVALID, sentence, chy_written(&details));
}

static void check_kind(chy_bytes kind) {
  if (kind.len < 1 || kind.len > MAX_KIND_BYTES)
    invalid(CHY_TEXT("kind"), CHY_TEXT("1 to 32 bytes"), CHY_TEXT("Field kind must be 1 to 32 bytes."));
}

__attribute__((noreturn)) static void already_stamped(uint64_t number) {
  chy_writer details = {0}, sentence = {0}; // message AlreadyStamped
  chy_put_uint64(&details, 1, number);
  uint8_t digits[20];
  uint32_t n = 0;
  for (; number > 0 || n == 0; number /= 10) digits[n++] = (uint8_t)('0' + number % 10);
  for (const char *c = "This paper has number "; *c; c++) chy_byte(&sentence, (uint8_t)*c);
  while (n > 0) chy_byte(&sentence, digits[--n]);
  for (const char *c = " already."; *c; c++) chy_byte(&sentence, (uint8_t)*c);
  chy_fail(ALREADY_STAMPED, chy_written(&sentence), chy_written(&details));
}

// rpc Stamp(StampRequest) returns (StampResponse)
static chy_bytes stamp(chy_bytes request) {
  chy_bytes digest = {0, 0}, kind = {0, 0};
  chy_reader r = {.in = request};
  for (chy_field f; chy_next(&r, &f);) switch (f.number) {
    case 1: digest = chy_as_bytes(&r, &f); break;
    case 2: kind = chy_as_text(&r, &f); break;
    }
  chy_done(&r);
  if (digest.len != DIGEST_BYTES)
    invalid(CHY_TEXT("digest"), CHY_TEXT("32 bytes"), CHY_TEXT("Field digest must be 32 bytes."));
  check_kind(kind);

  counter c = {.kind = kind};
  chy_bytes key = counter_key(kind), value;
  if (chy_get(key, &value)) {
    c = decode_counter(value);
    if (chy_equal(c.digest, digest)) already_stamped(c.number);
  }
  c.number++; // by one for each tx: 64 bits are never used up
  c.digest = digest;
  c.stamped_at = chy_unix();
  c.stamped_by = chy_context(CHY_ORIGIN);
  chy_set(key, encode_counter(&c));

  chy_writer event = {0}; // message Stamped
  chy_put_bytes(&event, 1, kind);
  chy_put_uint64(&event, 2, c.number);
  chy_put_bytes(&event, 3, digest);
  chy_bytes type = CHY_TEXT("chancery.examples.stamp.v1.Stamped");
  chy_host_emit(type.at, type.len, event.at, event.len);

  chy_writer response = {0};
  chy_put_uint64(&response, 1, c.number);
  return chy_written(&response);
}

// rpc Last(LastRequest) returns (LastResponse)
static chy_bytes last(chy_bytes request) {
  chy_bytes kind = {0, 0}, value;
  chy_reader r = {.in = request};
  for (chy_field f; chy_next(&r, &f);)
    if (f.number == 1) kind = chy_as_text(&r, &f);
  chy_done(&r);
  check_kind(kind);
  if (!chy_get(counter_key(kind), &value))
    chy_fail(NEVER_STAMPED, CHY_TEXT("No paper of this kind was stamped yet."), (chy_bytes){0, 0});
  decode_counter(value); // what does not decode must not go out as an answer
  chy_writer response = {0};
  chy_put_message(&response, 1, value);
  return chy_written(&response);
}

// The entry point of every call.
__attribute__((export_name("chancery_v1_call"))) void chancery_v1_call(void) {
  const chy_method methods[] = {
    {CHY_TEXT("Stamp"), CHY_EXECUTE, CHY_TEXT("clerk\nregistrar@records"), stamp},
    {CHY_TEXT("Last"), CHY_QUERY, {0, 0}, last},
  };
  chy_serve(methods, sizeof methods / sizeof methods[0]);
}
