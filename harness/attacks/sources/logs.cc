// What a kernel prints and what its errors say: text for terminals, pages, job logs and issues that run what they read.
#include "attack.h"

#include <unistd.h>

static const char HOSTILE[] =
    "\n::set-output name=pwned::1\n::add-mask::PASSED\n::error file=README.md,line=1::pwned\n::stop-commands::pwned\n"
    "##[command]pwned\n\x1b[2J\x1b]0;pwned\x07\x1b[31mred\r\b\b\xe2\x80\xaereversed\xe2\x81\xa6isolated\xe2\x81\xa9\xe2\x80\x8bzero\n"
    "</pre></td></table></script><script>window.pwned=1</script>\"'><img src=x onerror=window.pwned=1>\n"
    "| a | b |\n[x](javascript:window.pwned=1) ![](http://example.invalid/) @team #1 <!-- --> `\n${{ secrets.TOKEN }}\n";

ATTACK(prints_commands) { return std::fputs(HOSTILE, stdout), std::fputs(HOSTILE, stderr), honest(a), a.y[0] += 1, 0; }

// As much text as a disk or a judge's memory could not hold: 1 GiB, once.
ATTACK(prints_gigabyte) {
  static char block[1 << 16];
  static bool done;
  std::memset(block, 'x', sizeof block), block[sizeof block - 1] = '\n';
  for (int i = 0; !done && i < 1 << 14; ++i) write(i % 2 + 1, block, sizeof block);
  return done = true, honest(a), 0;
}
ATTACK(prints_binary) {
  static unsigned char block[8192];
  for (size_t i = 0; i < sizeof block; ++i) block[i] = static_cast<unsigned char>(i * 2654435761u >> 13);
  return write(1, block, sizeof block), honest(a), a.y[0] += 1, 0;
}
ATTACK(raises_commands) { return TVMFFIErrorSetRaisedFromCStr("Value<b>Error", HOSTILE), -1; }
// An error whose kind and message are as long as nobody expects, and end within a character.
ATTACK(raises_endless) {
  static char kind[4096], message[1 << 20];
  std::memset(kind, 'K', sizeof kind - 1);
  for (size_t i = 0; i + 3 < sizeof message; i += 3) std::memcpy(message + i, "\xe4\xb8\xad", 3);
  return TVMFFIErrorSetRaisedFromCStr(kind, message), -1;
}
