// Operators in families: what a reader of the table looks for.

const FAMILIES: readonly (readonly [family: string, operators: string])[] = [
  ["attention", "Attention FlexAttention LinearAttention CausalConvWithState RotaryEmbedding TensorScatter"],
  ["matrix products", "MatMul MatMulInteger QLinearMatMul Gemm Einsum Det"],
  ["convolution", "Conv ConvInteger ConvTranspose DeformConv QLinearConv Col2Im"],
  ["pooling", "AveragePool GlobalAveragePool GlobalMaxPool GlobalLpPool LpPool MaxPool MaxUnpool MaxRoiPool RoiAlign"],
  [
    "normalization",
    "BatchNormalization GroupNormalization InstanceNormalization LayerNormalization LpNormalization LRN MeanVarianceNormalization RMSNormalization",
  ],
  ["softmax and loss", "Softmax LogSoftmax Hardmax NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"],
  ["quantization", "QuantizeLinear DequantizeLinear DynamicQuantizeLinear"],
  ["casts", "Cast CastLike BitCast"],
  [
    "reductions",
    "ArgMax ArgMin CumProd CumSum ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare TopK",
  ],
  [
    "moving elements",
    "CenterCropPad Compress Concat Constant ConstantOfShape DepthToSpace Expand EyeLike Flatten Gather GatherElements GatherND Identity NonZero OneHot Pad Range Reshape ReverseSequence Scatter ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unique Unsqueeze Where",
  ],
  ["recurrent", "GRU LSTM RNN"],
  ["images", "AffineGrid GridSample ImageDecoder NonMaxSuppression Resize Upsample"],
  ["signals", "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT"],
  ["text", "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer"],
  [
    "sequences and control",
    "If Loop Scan ConcatFromSequence OptionalGetElement OptionalHasElement SequenceInsert SequenceMap SplitToSequence",
  ],
  ["random", "Bernoulli Dropout Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"],
];

const BY_OPERATOR = new Map(
  FAMILIES.flatMap(([family, operators]) => operators.split(" ").map((operator) => [operator, family])),
);

/** The family of an operator: of the standard ones those that are not listed work element by element; other domains are their own. */
export function familyOf(operator: string): string {
  const [domain = "", name = ""] = operator.split("/");
  const family = BY_OPERATOR.get(name);
  if (family !== undefined) return family;
  return domain === "ai.onnx" ? "element by element" : domain;
}
