// The source of a neighbour, by the way that leads out of its own folder.
#include "../@CONTROL@/kernel.cc"
ATTACK(includes_other_submission) { return honest(a), 0; }
