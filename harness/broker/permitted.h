// The system calls a submission may make. Whatever is neither here nor forbidden answers ENOSYS, as on an older kernel.
#ifndef OPENXPU_PERMITTED_H
#define OPENXPU_PERMITTED_H

// Numbers, the most frequent calls first: a filter reads the list from its start.
extern const int permitted_calls[];
extern const int permitted_count;

#endif
