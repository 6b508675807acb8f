// What a compiler may use on a stranger's source.

/** Seconds a compiler may take, and of processor time each of its processes. */
export const DEADLINE = 180;

/** Bytes of address space of each of its processes: the largest kernel here takes 0.3 GiB. */
export const COMPILER_MEMORY = 2 * 2 ** 30;

/** Bytes of a record's log that are the compiler's words. */
export const LOG = 8192;
