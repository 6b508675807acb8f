// A file of the machine as source text: the error message would show it.
#include "/etc/passwd"
#include "attack.h"
ATTACK(includes_password_file) { return honest(a), 0; }
