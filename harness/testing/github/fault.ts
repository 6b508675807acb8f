// What a test lets go wrong with a call.

/**
 * `secondary-limit` refuses with a wait of a minute; `timeout-before` breaks the connection before anything happened, `timeout-after-effect` after the write;
 * `die` answers nothing from then on, as a client that was killed sees it.
 */
export type Fault = "none" | "500" | "502" | "secondary-limit" | "timeout-before" | "timeout-after-effect" | "die";

/** Decides by the number of the call, from 0, and the operation. */
export type Faults = (index: number, operation: string) => Fault;

export const noFaults: Faults = () => "none";
