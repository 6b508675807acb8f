// Times for people, by tinybench: fine to look at, never behind a verdict (its error margin understates drift between tasks, which run one
// after the other: two identical kernels read 3.3 % apart at a stated 0.2 %).
import { Bench } from "tinybench";

/** One line of a benchmark: median and how far the middle half spreads, in nanoseconds. */
export interface DisplayTime {
  readonly name: string;
  readonly medianNs: number;
  readonly madNs: number;
  readonly samples: number;
}

/** Times functions one after the other, half a second each. */
export async function displayTimes(tasks: Readonly<Record<string, () => void>>): Promise<DisplayTime[]> {
  const bench = new Bench({ time: 500 });
  for (const [name, task] of Object.entries(tasks)) bench.add(name, task);
  await bench.run();
  return bench.tasks.flatMap(({ name, result }) => {
    if (result === undefined || !("latency" in result)) return [];
    const { latency } = result;
    return [{ name, medianNs: latency.p50 * 1e6, madNs: latency.mad * 1e6, samples: latency.samplesCount }];
  });
}
