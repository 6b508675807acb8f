// Operators along axes as our ops over [outer, K, inner] and [rows, D].
import { numbersOf } from "../../onnx/element.ts";
import { axisOf, dtypeOf, type Finder, product } from "./cover.ts";

/** Softmax of operator set 13 and later; before it, several axes were taken together. */
export const softmax: Finder = ({ node, input, output }) => {
  const x = input(0);
  if (x === undefined) return "it has no tensor";
  if (node.version < 13) return "before operator set 13 Softmax flattened its input";
  const axis = axisOf(node.number("axis", -1), x.shape.length);
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  return {
    op: "softmax",
    axes: { outer: product(before), K: x.shape[axis] ?? 1, inner: product(behind) },
    attributes: {},
    dtypes: { T: dtypeOf(x) },
    inputs: { x },
    outputs: { y: output(0) ?? 0 },
  };
};

/** The positions that are there, by our names. */
function present(places: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(places).flatMap(([name, at]) => (at === undefined ? [] : [[name, at]])));
}

/** LayerNormalization over the last axes with a gain for each of their elements. */
export const layerNorm: Finder = ({ node, input, output }) => {
  const [x, gamma, beta] = [input(0), input(1), input(2)];
  if (x === undefined || gamma === undefined) return "it has no tensor and gain";
  const axis = axisOf(node.number("axis", -1), x.shape.length);
  const features = product(x.shape.slice(axis));
  if (product(gamma.shape) !== features) return "its gain is broadcast";
  return {
    op: "layer_norm",
    axes: { rows: product(x.shape.slice(0, axis)), D: features },
    attributes: { eps: node.number("epsilon", 1e-5) },
    dtypes: { T: dtypeOf(x) },
    inputs: { x, gamma, beta },
    outputs: present({ y: output(0), mean: output(1), rstd: output(2) }),
  };
};

/** RMSNormalization over the last axes with a gain for each of their elements. */
export const rmsNorm: Finder = ({ node, input, output }) => {
  const [x, gamma] = [input(0), input(1)];
  if (x === undefined || gamma === undefined) return "it has no tensor and gain";
  const axis = axisOf(node.number("axis", -1), x.shape.length);
  const features = product(x.shape.slice(axis));
  if (product(gamma.shape) !== features) return "its gain is broadcast";
  return {
    op: "rms_norm",
    axes: { rows: product(x.shape.slice(0, axis)), D: features },
    attributes: { eps: node.number("epsilon", 1e-5) },
    dtypes: { T: dtypeOf(x) },
    inputs: { x, gamma },
    outputs: { y: output(0) ?? 0 },
  };
};

/** ReduceSum over neighbouring axes. */
export const reduceSum: Finder = ({ node, input, output }) => {
  const x = input(0);
  if (x === undefined) return "it has no tensor";
  const given = input(1);
  const listed = node.integers("axes") ?? (given ? [...numbersOf(given.type, given.bytes, product(given.shape))] : []);
  if (listed.length === 0 && node.number("noop_with_empty_axes", 0) === 1) return "nothing is reduced";
  const all = listed.length === 0 ? x.shape.map((_, axis) => axis) : listed;
  const axes = all.map((axis) => axisOf(axis, x.shape.length)).sort((a, b) => a - b);
  const [first = 0, last = -1] = [axes[0], axes.at(-1)];
  if (last - first + 1 !== axes.length) return "its axes are not neighbours";
  return {
    op: "reduce_sum",
    axes: {
      outer: product(x.shape.slice(0, first)),
      K: product(x.shape.slice(first, last + 1)),
      inner: product(x.shape.slice(last + 1)),
    },
    attributes: {},
    dtypes: { T: dtypeOf(x) },
    inputs: { x },
    outputs: { y: output(0) ?? 0 },
  };
};
