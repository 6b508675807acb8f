// QuantizeLinear and DequantizeLinear as ours: one scale for the tensor, for each channel, or for each block along the axis.
import { axisOf, type Cover, dtypeOf, type Finder, type NodeCase, product } from "./cover.ts";
import type { TensorValue } from "../pair.ts";

type Extents = Pick<Cover, "axes" | "attributes">;

/** Axes and block of a tensor whose scale has some shape, or why there is none. */
function extentsOf({ node }: NodeCase, x: TensorValue, scale: TensorValue): Extents | string {
  const axis = axisOf(node.number("axis", 1), x.shape.length);
  if (product(scale.shape) === 1)
    return { axes: { outer: 1, C: 1, inner: product(x.shape) }, attributes: { block: [0, 0, 0] } };
  const axes = {
    outer: product(x.shape.slice(0, axis)),
    C: x.shape[axis] ?? 1,
    inner: product(x.shape.slice(axis + 1)),
  };
  if (scale.shape.length === 1) return { axes, attributes: { block: [0, 1, 0] } };
  const block = node.number("block_size", 0);
  if (block === 0) return "its scale has a shape that no block size explains";
  return { axes, attributes: { block: [1, block, 1] } };
}

/** QuantizeLinear with float32 scales. */
export const quantizeLinear: Finder = (seen) => {
  const [x, scale, zero] = [seen.input(0), seen.input(1), seen.input(2)];
  if (x === undefined || scale === undefined) return "it has no tensor and scale";
  if (scale.type.name !== "float") return "our scales are float32";
  if (zero === undefined && seen.node.number("output_dtype", 2) !== 2) return "its dtype is an attribute";
  if (seen.node.number("saturate", 1) !== 1) return "ours saturates";
  const extents = extentsOf(seen, x, scale);
  if (typeof extents === "string") return extents;
  return {
    op: "quantize_linear",
    ...extents,
    dtypes: { Q: zero === undefined ? "uint8" : dtypeOf(zero), T: dtypeOf(x) },
    inputs: { x, y_scale: scale, y_zero_point: zero },
    outputs: { y: seen.output(0) ?? 0 },
  };
};

/** DequantizeLinear whose result has the dtype of its scales. */
export const dequantizeLinear: Finder = (seen) => {
  const [x, scale, zero] = [seen.input(0), seen.input(1), seen.input(2)];
  if (x === undefined || scale === undefined) return "it has no tensor and scale";
  const extents = extentsOf(seen, x, scale);
  if (typeof extents === "string") return extents;
  return {
    op: "dequantize_linear",
    ...extents,
    dtypes: { Q: dtypeOf(x), T: dtypeOf(scale) },
    inputs: { x, x_scale: scale, x_zero_point: zero },
    outputs: { y: seen.output(0) ?? 0 },
  };
};
