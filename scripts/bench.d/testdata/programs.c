// What the slow-down by instrumentation is measured with, in C: the same kinds
// of work as in programs/main.go, without a library.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
#define EXPORT(name) __attribute__((export_name(name)))

volatile u64 sink;

static u32 rotate(u32 x, int n) { return x >> n | x << (32 - n); }

// The rounds of SHA-256 over words; constants are derived, since only time counts.
EXPORT("sha256") void hash(void) {
  u32 h[8] = {1, 2, 3, 4, 5, 6, 7, 8}, w[64];
  for (int block = 0; block < 1024; block++) {
    for (int i = 0; i < 16; i++) w[i] = h[i & 7] + i;
    for (int i = 16; i < 64; i++)
      w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] + (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    u32 s[8];
    for (int i = 0; i < 8; i++) s[i] = h[i];
    for (int i = 0; i < 64; i++) {
      u32 t = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + i * 0x9e3779b9u + w[i];
      u32 v = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      for (int j = 7; j > 0; j--) s[j] = s[j - 1];
      s[4] += t;
      s[0] = t + v;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
  }
  sink += h[0];
}

static int numbers[4096];

static void quick(int *v, int n) {
  while (n > 1) {
    int pivot = v[n / 2], i = 0, j = n - 1;
    for (;; i++, j--) {
      while (v[i] < pivot) i++;
      while (v[j] > pivot) j--;
      if (i >= j) break;
      int t = v[i];
      v[i] = v[j];
      v[j] = t;
    }
    quick(v, i);
    v += i;
    n -= i;
  }
}

EXPORT("sort") void sorting(void) {
  u32 x = 1;
  for (int i = 0; i < 4096; i++) {
    x = x * 1664525 + 1013904223;
    numbers[i] = x >> 8;
  }
  quick(numbers, 4096);
  sink += numbers[7];
}

// Reads numbers and names out of a small JSON text.
EXPORT("json") void decoding(void) {
  static const char text[] = "{\"id\":\"2026-0001\",\"amount\":1234567,\"tags\":[\"a\",\"bc\",\"def\"],\"parts\":{\"x\":1,\"y\":22}}";
  for (int n = 0; n < 1000; n++) {
    int depth = 0, names = 0;
    u64 sum = 0, value = 0;
    for (const char *p = text; *p; p++) {
      if (*p == '{' || *p == '[') depth++;
      else if (*p == '}' || *p == ']') depth--;
      else if (*p == '"') {
        for (p++; *p != '"'; p++) names += *p;
      } else if (*p >= '0' && *p <= '9') value = value * 10 + (*p - '0');
      else sum += value, value = 0;
    }
    sink += sum + depth + names;
  }
}

static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
EXPORT("fib") void fibonacci(void) { sink += fib(22); }

static double a[64][64], b[64][64], c[64][64];

EXPORT("matrix") void matrix(void) {
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++) a[i][j] = i + j, b[i][j] = i - j;
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++) {
      double sum = 0;
      for (int k = 0; k < 64; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  sink += (u64)c[3][5];
}

static u8 text[9000], upper[9000];

EXPORT("bytes") void bytes(void) {
  for (int i = 0; i < 9000; i++) text[i] = 'a' + i % 26;
  for (int n = 0; n < 10; n++) {
    for (int i = 0; i < 9000; i++) upper[i] = text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i];
    for (int i = 0; i + 2 < 9000; i++) sink += upper[i] == 'F' && upper[i + 1] == 'G';
  }
}
