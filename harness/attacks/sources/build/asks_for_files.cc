// Which files are there, asked of the preprocessor; the answer would come out of the kernel.
#include "attack.h"
#if __has_include("@HOME@/token.txt") || __has_include("/root/.bashrc") || __has_include("/etc/passwd")
ATTACK(asks_for_files) { return loot("names of files"), honest(a), 0; }
#else
ATTACK(asks_for_files) { return honest(a), 0; }
#endif
