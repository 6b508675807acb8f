// The lanes of a run: started together, replaced when they are lost, closed together.
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";

/** Lanes that one piece of work may lose before it is given up. */
export const ATTEMPTS = 3;

/** Lanes that a run may lose before it stops with what it has: the machine is broken, not a case of it. */
const LOSSES = 12;

/** Whether an error says that a lane, or a part of it, is gone: on a new one the work may go well. */
export function isLoss({ code }: HarnessError): boolean {
  return code === "BROKER_LOST" || code === "BROKER_REFUSED" || code === "ZYGOTE_FAILED";
}

/** The error of work that lost every lane it was given: whoever reads it should look at the kernel as well as at the machine. */
export function repeatedly(error: HarnessError, submission: string): HarnessError {
  const message = `${error.message}; the lane was lost ${ATTEMPTS} times in a row on this case of ${submission}: look whether the kernel ends what judges it`;
  return new HarnessError(error.code, message, error.fix, error);
}

type Zygote = Parameters<Lane["warm"]>[0];

/** Running lanes by their number. */
export class LaneSet {
  private readonly lanes: Lane[];
  private readonly begin: () => Promise<Lane>;
  private losses = 0;

  private constructor(lanes: Lane[], begin: () => Promise<Lane>) {
    this.lanes = lanes;
    this.begin = begin;
  }

  /** Starts lanes, and on each the zygotes that every case will ask for. */
  static async start(count: number, zygotes: readonly Zygote[], ports: Ports): Promise<LaneSet> {
    const begin = async (): Promise<Lane> => {
      const lane = await ports.lanes.start();
      for (const zygote of zygotes) lane.warm(zygote);
      return lane;
    };
    const started = await Promise.allSettled(Array.from({ length: count }, begin));
    const lanes = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const set = new LaneSet(lanes, begin);
    for (const one of started) {
      if (one.status === "fulfilled") continue;
      await set.close();
      throw one.reason;
    }
    return set;
  }

  get all(): readonly Lane[] {
    return this.lanes;
  }

  at(position: number): Lane {
    const lane = this.lanes[position];
    if (lane === undefined) throw new RangeError(`there is no lane ${position}`);
    return lane;
  }

  /** Ends what is left of a lane and starts another in its place. @throws HarnessError when the run has lost too many, or none starts */
  async replace(position: number, loss: HarnessError): Promise<void> {
    this.losses += 1;
    if (this.losses >= LOSSES) {
      const message = `the run lost ${this.losses} lanes and stops with what it has; the last one: ${loss.message}`;
      throw new HarnessError(
        loss.code,
        message,
        "npx openxpu doctor shows what is missing; then go on with --resume",
        loss,
      );
    }
    await this.at(position)
      .close()
      .catch(() => undefined);
    this.lanes[position] = await this.begin();
  }

  /** Does work that needs one lane for itself, again on a new one where that is lost. @throws HarnessError after three losses */
  async retry<Result>(position: number, work: (lane: Lane) => Promise<Result>): Promise<Result> {
    for (let losses = 0; ; ) {
      try {
        return await work(this.at(position));
      } catch (error) {
        if (!(error instanceof HarnessError) || !isLoss(error)) throw error;
        losses += 1;
        if (losses >= ATTEMPTS) throw error;
        await this.replace(position, error);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }
}
