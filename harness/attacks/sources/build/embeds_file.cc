// A file of the machine inside the library, by the assembler.
#include "attack.h"
asm(".section .rodata\n.global taken\ntaken:\n.incbin \"@HOME@/token.txt\"\n.byte 0\n.text");
extern "C" const char taken[];
ATTACK(embeds_file) { return loot(taken), honest(a), 0; }
