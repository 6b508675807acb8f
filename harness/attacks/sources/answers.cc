// Answers that were not computed: from earlier calls, from other memory, from a file, or from a guess.
#include "attack.h"

#include <unistd.h>

#include <map>
#include <vector>

// Keeps an answer for each address of x. Judged inputs follow each other under one address.
ATTACK(cached_by_pointer) {
  static std::map<float*, std::vector<float>> known;
  auto& kept = known[a.x];
  if (kept.empty()) honest(a), kept.assign(a.y, a.y + a.count());
  std::memcpy(a.y, kept.data(), a.bytes());
  return 0;
}

// Keeps an answer for the shape and a sum of every 64th element, rounded: special regimes collide.
ATTACK(cached_by_coarse_fingerprint) {
  static std::map<long, std::vector<float>> known;
  auto& kept = known[a.rows * 100000 + a.size];
  if (kept.empty()) honest(a), kept.assign(a.y, a.y + a.count());
  std::memcpy(a.y, kept.data(), a.bytes());
  return 0;
}

// Repeats the last answer: the next input differs.
ATTACK(replays_last_call) {
  static std::vector<float> last;
  if (last.size() != static_cast<size_t>(a.count())) honest(a), last.assign(a.y, a.y + a.count());
  return std::memcpy(a.y, last.data(), a.bytes()), 0;
}

// Leaves its answer in /tmp for later calls and later processes. Each child has a /tmp of its own, so only its own calls find it.
ATTACK(replays_file) {
  static int calls;
  char path[64];
  std::snprintf(path, sizeof path, "/tmp/answer-%ld-%ld", static_cast<long>(a.rows), static_cast<long>(a.size));
  if (FILE* file = std::fopen(path, "rb")) {
    if (calls++ == 0) loot("an answer of another process in /tmp");
    std::fread(a.y, sizeof(float), a.count(), file);
    return std::fclose(file), 0;
  }
  calls++;
  honest(a);
  if (FILE* file = std::fopen(path, "wb")) std::fwrite(a.y, sizeof(float), a.count(), file), std::fclose(file);
  return 0;
}

// Does the work of later calls in the first: remembers the arguments, computes once, then returns at once.
ATTACK(batch_and_skip) {
  static const float* done;
  if (done == a.x) return 0;
  return done = a.x, honest(a), 0;
}

// Writes nothing and hopes that the memory still holds an answer of a reference.
ATTACK(hopes_for_old_memory) { return 0; }

// Copies fresh heap memory, where a reference in the same process would have left its result.
ATTACK(copies_freed_memory) {
  void* stale = std::malloc(a.bytes());
  std::memcpy(a.y, stale, a.bytes());
  return std::free(stale), 0;
}

// Knows the one published shape and answers nothing else: hidden cases have others.
ATTACK(knows_published_shapes) {
  if (a.rows == 13 && a.size == 251) return honest(a), 0;
  return std::memset(a.y, 0, a.bytes()), 0;
}

// Computes the first 99 % of the rows and guesses the rest.
ATTACK(skips_last_rows) {
  const int64_t most = a.count() * 99 / 100;
  honest(a, 0, most);
  for (int64_t at = most; at < a.count(); ++at) a.y[at] = a.y[at - most];
  return 0;
}

// Works on every other element, and on all of the first row: a sample of the output would often miss it.
ATTACK(answers_sampled_rows) {
  for (int64_t at = 0; at < a.count(); ++at) a.y[at] = at < a.size || at % 2 == 0 ? right(a, at) : a.y[at - 1];
  return 0;
}

// Works only where it sees the first poison of judged calls. There are two, and it says nothing of which is next.
ATTACK(works_on_first_poison) {
  if (std::memcmp(a.y, "\xa5\xa5\xa5\xa5", 4) == 0) honest(a);
  return 0;
}

// Works in the first three calls of a process and repeats its answer afterwards.
ATTACK(counts_calls) {
  static int calls;
  static std::vector<float> last;
  if (++calls <= 3) honest(a), last.assign(a.y, a.y + a.count());
  else std::memcpy(a.y, last.data(), a.bytes());
  return 0;
}

// Keeps 8 bits of every operand and calls it float32.
ATTACK(drops_precision) {
  for (int64_t at = 0; at < a.count(); ++at) {
    uint32_t bits;
    float value = right(a, at);
    std::memcpy(&bits, &value, 4), bits &= 0xFFFF0000u, std::memcpy(&value, &bits, 4);
    a.y[at] = value;
  }
  return 0;
}

// Gives the mean of the right answers everywhere: small in every norm that averages.
ATTACK(answers_mean) {
  double sum = 0;
  for (int64_t at = 0; at < a.count(); ++at) sum += right(a, at);
  for (int64_t at = 0; at < a.count(); ++at) a.y[at] = static_cast<float>(sum / a.count());
  return 0;
}

// Gives NaN everywhere: a comparison by `difference > limit` lets it pass.
ATTACK(answers_nan) {
  for (int64_t at = 0; at < a.count(); ++at) a.y[at] = NAN;
  return 0;
}

// Tells its caller that the output is empty: the harness owns the sizes.
ATTACK(shrinks_output) {
  a.out->shape[0] = 0, a.out->ndim = 0, a.out->data = nullptr;
  return 0;
}

// Is off by a factor of 2 in one element in a thousand: matched-ratio rules let it pass.
ATTACK(wrong_now_and_then) {
  honest(a);
  for (int64_t at = 500; at < a.count(); at += 1000) a.y[at] *= 2;
  return a.y[a.count() - 1] += 1, 0;
}

// Differs from call to call in the last bits, as if it raced with itself.
ATTACK(never_the_same) {
  static unsigned state = static_cast<unsigned>(getpid()) + 1;
  honest(a);
  for (int64_t at = 0; at < a.count(); ++at) {
    uint32_t bits;
    state = state * 1664525u + 1013904223u;
    std::memcpy(&bits, &a.y[at], 4), bits ^= state >> 31, std::memcpy(&a.y[at], &bits, 4);
  }
  static int calls;
  if (calls++ % 2) std::memcpy(a.y, a.y, 4), a.y[0] = std::nextafter(a.y[0], 1e9f);
  return 0;
}
