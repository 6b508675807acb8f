"""The emulator's rules: every rule has a program that breaks it, and the message it must give."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tvm_ffi
from emulated_build import DEVICE, PROGRAMS, build, compiler, program

# Rule of rules.mlu -> what the message says after the intrinsic's name and place.
RULES: dict[str, str] = {
    "count": r"__bang_add .*: elem_count is 0, must be greater than 0",
    "operand_space": r"__bang_add .*: src0 is GDRAM 0x\w+, must point to NRAM",
    "null_operand": r"__bang_relu .*: src is a null pointer, must point to NRAM",
    "nram_bounds": r"__bang_add_scalar .*: dst is NRAM\+0x\w+, its 4194304 bytes leave the declared NRAM, which has",
    "partial_overlap": r"__bang_add .*: dst is NRAM\+0x\w+, must be equal to src0 or not overlap it",
    "dst_is_src1": r"__bang_maxequal .*: dst is NRAM\+0x\w+, must not overlap src1",
    "cycle_multiple": r"__bang_cycle_mul .*: src_elem_count is 100, must be a multiple of 64, the seg_elem_count",
    "cycle_seg_overlap": r"__bang_cycle_mul .*: dst is NRAM\+0x\w+, must not overlap seg",
    "scalar_overlap": r"__bang_gt_scalar .*: dst is NRAM\+0x\w+, must be equal to src or not overlap it",
    "reduce_space": r"__bang_reduce_sum .*: dst is GDRAM 0x\w+, must point to NRAM",
    "copy_direction": r"__memcpy .*: src is NRAM\+0x\w+, must point to GDRAM",
    "copy_direction_dst": r"__memcpy .*: dst is GDRAM 0x\w+, must point to NRAM",
    "copy_size": r"__memcpy .*: size is 0, must be greater than 0",
    "copy_bounds": r"__memcpy .*: dst is NRAM\+0x\w+, its 1048580 bytes leave the declared NRAM",
    "copy_segnum": r"__memcpy .*: segnum is -1, must not be negative; it is the number of segments less one",
    "copy_segments": r"__memcpy .*: dst_segnum is 8, segments in dst must equal those in src, 6",
    "copy_dst_stride": r"__memcpy .*: dst_stride0 is 8, its absolute value must be at least the size, 16",
    "copy_overlap": r"__memcpy .*: dst is NRAM\+0x\w+, must not overlap src",
    "copy_alignment": r"__memcpy .*: dst is NRAM\+0x\w+, must be 64-byte aligned on mtp_372",
    "copy_contiguous_form": r"__memcpy .*: dir is LDRAM2LDRAM, must be allowed in a contiguous copy",
    "copy_strided_form": r"__memcpy .*: dir is LDRAM2WRAM, must be allowed in a strided copy",
    "copy_async_form": r"__memcpy_async .*: dir is LDRAM2NRAM, must be allowed in an asynchronous contiguous copy",
    "copy_between_clusters": r"__memcpy .*: dir is SRAM2SRAM, copies between clusters are not emulated yet",
    "copy_without_sync": r"__memcpy_async .*: the end of the task is reached, no sync waits for this copy",
    "wram_read_back": r"__memcpy .*: dir is WRAM2NRAM, reading WRAM back is not emulated yet",
    "wram_alignment": r"__memcpy .*: dst is WRAM\+0x4, must be 8-byte aligned on mtp_372",
    "wram_lanes": r"__memcpy .*: size is 4100, must be a multiple of 64, the lanes of WRAM",
    "wram_first_lane": r"__memcpy .*: dst is WRAM\+0x4000, must be in the first lane of WRAM",
    "wram_stride": r"__memcpy .*: dst_stride0 is 16388, must be a multiple of 8 where dst is in WRAM",
    "wram_lane_end": r"__memcpy .*: size is 128, a segment leaves its lane of WRAM, which has 16384 bytes",
    "fill_count": r"__bang_write_value .*: elem_count is -1, must be greater than 0",
    "fill_space": r"__bang_write_value .*: dst is GDRAM 0x\w+, must point to NRAM",
    "fill_gdram": r"__gdramset .*: dst is NRAM\+0x\w+, must point to GDRAM",
    "fill_block_stride": r"__bang_write_value .*: stride0 is 16, must be at least elem_count \* sizeof\(value\)",
    "fill_row_stride": r"__bang_write_value .*: stride1 is 64, must be at least stride0 \* \(iter1 \+ 1\)",
    "convert_count": r"__bang_float2int8_rn .*: src_count is 0, must be greater than 0",
    "convert_fix": r"__bang_float2int8_rn .*: fix_position is 128, must be in \[-127, 127\]",
    "widen_in_place": r"__bang_half2float .*: dst is NRAM\+0x\w+, must not overlap src",
    "narrow_shifted": r"__bang_float2int8_rn .*: dst is NRAM\+0x\w+, must not overlap src",
    "transpose_overlap": r"__bang_transpose .*: dst is NRAM\+0x\w+, must not overlap src",
    "transpose_dimension": r"__bang_transpose .*: height is 0, must be greater than 0",
    "pad_single_row": r"__bang_pad .*: \(pad_left \+ pad_right\) .* is 512, must be less than 64 where height is 1",
    "pad_overlap": r"__bang_pad .*: dst is NRAM\+0x\w+, must not overlap src",
    "reshape_filters": r"__bang_reshape_filter .*: n is 63, must be a multiple of 64",
    "reshape_bytes": r"__bang_reshape_filter .*: h \* w \* c \* sizeof\(type\) is 64, must be a multiple of 128",
    "conv_channel_input": r"__bang_conv .*: channel_input \* sizeof\(kernel\) is 60, must be a multiple of 64",
    "conv_channel_output": r"__bang_conv .*: channel_output is 60, must be a multiple of 64",
    "conv_height": r"__bang_conv .*: height is 2, must be in \[3, ",
    "conv_stride": r"__bang_conv .*: stride_height is 1024, must be in \[1, 1023\]",
    "conv_dilation": r"__bang_conv .*: indilation_height is 0, must be in \[1, 1023\]",
    "conv_fix": r"__bang_conv .*: fix_position is -128, must be in \[-127, 127\]",
    "conv_kernel_space": r"__bang_conv .*: kernel is NRAM\+0x\w+, must point to WRAM",
    "conv_kernel_alignment": r"__bang_conv .*: kernel is WRAM\+0x8, must be 32-byte aligned",
    "conv_kernel_lane": r"__bang_conv .*: kernel is WRAM\+0x4000, must be in the first lane of WRAM",
    "conv_kernel_rows": r"__bang_conv .*: kernel is WRAM\+0x3fe0, its 64 bytes a lane leave the lane",
    "conv_overlap": r"__bang_conv .*: dst is NRAM\+0x\w+, must not overlap src",
}

RULES_2XX: dict[str, str] = {
    "pointer": r"__bang_add .*: dst is NRAM\+0x\w+, must be 64-byte aligned on mtp_290",
    "count": r"__bang_add .*: elem_count is 33, times 4 bytes must be a multiple of 128 on mtp_290",
    "cycle_seg": r"__bang_cycle_add .*: seg_elem_count is 16, times 4 bytes must be a multiple of 128 on mtp_290",
    "fill_bytes": r"__bang_write_value .*: elem_count \* sizeof\(value\) is 32, must be a multiple of 64 on mtp_290",
    "fill_zero_bytes": r"__bang_write_zero .*: elem_count \* sizeof\(value\) is 64, must be a multiple of 128",
    "convert_block": r"__bang_int162float .*: src_count is 32, must be a multiple of 64 on mtp_290",
    "convert_pointer": r"__bang_float2int16_tz .*: dst is NRAM\+0x\w+, must be 64-byte aligned on mtp_290",
    "copy_bytes": r"__memcpy .*: size is 64, must be a multiple of 128 in NRAM2NRAM on mtp_290",
    "transpose_bytes": r"__bang_transpose .*: height \* sizeof\(type\) is 64, must be a multiple of 128 on mtp_290",
    "pad_bytes": r"__bang_pad .*: channel \* width \* sizeof\(type\) is 64, must be a multiple of 128 on mtp_290",
    "conv_channel_input": r"__bang_conv .*: channel_input \* sizeof\(src\) is 32, must be a multiple of 64 on mtp_290",
    "conv_channel_output": r"__bang_conv .*: channel_output is 32, must be a multiple of 64 on mtp_290",
}

UNION1 = 4
NOT_EMULATED = re.findall(
    r"^OPENXPU_MLU_NOT_EMULATED\((\w+)\)$",
    (DEVICE / "include" / "bang" / "not_emulated.h").read_text(encoding="utf-8").split("#if __BANG_ARCH__")[0],
    re.MULTILINE,
)


def names_in(source: str) -> set[str]:
    """The rules that a program has a body for."""
    return set(re.findall(r'^    \{"(\w+)"', (PROGRAMS / source).read_text(encoding="utf-8"), re.MULTILINE))


class Rules(unittest.TestCase):
    """A broken rule is a RuntimeError that names kernel, task, intrinsic, line, argument, value and rule."""

    def setUp(self) -> None:
        self.gdram = np.zeros(4096, np.float32)

    def test_every_rule_of_3xx_is_enforced(self) -> None:
        self.assertEqual(names_in("rules.mlu"), set(RULES))
        module = program("rules.mlu")
        for name, message in RULES.items():
            with self.subTest(name), self.assertRaisesRegex(RuntimeError, r"task 0 of 1: " + message):
                module.break_rule(name, tvm_ffi.from_dlpack(self.gdram))

    def test_every_rule_of_2xx_is_enforced(self) -> None:
        self.assertEqual(names_in("rules_2xx.mlu"), set(RULES_2XX))
        module = program("rules_2xx.mlu", "-D__BANG_ARCH__=290")
        for name, message in RULES_2XX.items():
            with self.subTest(name), self.assertRaisesRegex(RuntimeError, message):
                module.break_rule(name)

    def test_the_place_is_the_line_of_the_call(self) -> None:
        lines = (PROGRAMS / "rules.mlu").read_text(encoding="utf-8").splitlines()
        line = 1 + next(i for i, text in enumerate(lines) if '"count"' in text)
        with self.assertRaisesRegex(RuntimeError, f"__bang_add at rules.mlu:{line}: "):
            program("rules.mlu").break_rule("count", tvm_ffi.from_dlpack(self.gdram))

    def test_launches_are_checked(self) -> None:
        module, gdram = program("rules.mlu"), tvm_ffi.from_dlpack(self.gdram)
        module.launch(1, 1, gdram)
        with self.assertRaisesRegex(RuntimeError, r"dim.x is 3, must be a multiple of the 4 cores of the task type"):
            module.launch(3, UNION1, gdram)
        with self.assertRaisesRegex(RuntimeError, r"a launch dimension is 0, must be at least 1"):
            module.launch(0, 1, gdram)
        with self.assertRaisesRegex(RuntimeError, r"\(memory core\): __memcpy .*: dst is NRAM.*no NRAM and no WRAM"):
            module.launch(4, UNION1, gdram)
        with self.assertRaisesRegex(RuntimeError, "outside a kernel"):
            module.task_on_the_host()

    def test_memory_beyond_the_architecture_is_refused(self) -> None:
        for space, name, kilobytes in (
            ("__nram__", "NRAM", 768),
            ("__wram__", "WRAM", 1024),
            ("__mlu_shared__", "SRAM", 4096),
        ):
            flags = (f"-DSPACE={space}", f"-DLIMIT={kilobytes * 1024}")
            message = rf"{name}: \d+ bytes are declared, mtp_372 has {kilobytes * 1024}"
            with self.subTest(name), self.assertRaisesRegex(RuntimeError, message):
                program("too_large.mlu", *flags).launch()
        program("too_large.mlu", "-DSPACE=__nram__", f"-DLIMIT={768 * 1024 - 1}").launch()

    def test_wram_has_no_scalar_access(self) -> None:
        code = (
            "import numpy, tvm_ffi, sys; m = tvm_ffi.load_module(sys.argv[1]);"
            "m.touch_wram(tvm_ffi.from_dlpack(numpy.zeros(4096, numpy.float32)))"
        )
        command = [sys.executable, "-c", code, str(build(PROGRAMS / "rules.mlu"))]
        self.assertEqual(
            subprocess.run(command, check=False, timeout=60, capture_output=True).returncode, -signal.SIGSEGV
        )


class Missing(unittest.TestCase):
    """What is not emulated does not compile, and says so."""

    def errors_of(self, text: str, *flags: str) -> str:
        with TemporaryDirectory() as folder:
            source = Path(folder) / "source.mlu"
            source.write_text(text, encoding="utf-8")
            return compiler("-fsyntax-only", *flags, str(source)).stderr

    def test_a_missing_intrinsic_is_a_compile_error_that_names_it(self) -> None:
        self.assertGreater(len(NOT_EMULATED), 50)
        calls = "".join(f"  {name}();\n" for name in NOT_EMULATED)
        errors = self.errors_of(f"__mlu_global__ void kernel() {{\n{calls}}}\n")
        for name in NOT_EMULATED:
            with self.subTest(name):
                self.assertIn(f"{name} is not emulated yet: see harness/devices/mlu/README.md", errors)

    def test_an_architecture_of_unknown_sizes_is_a_compile_error(self) -> None:
        self.assertIn("this __BANG_ARCH__ is not emulated", self.errors_of("", "-D__BANG_ARCH__=592"))

    def test_a_value_without_an_overload_is_a_compile_error(self) -> None:
        self.assertEqual(self.errors_of("void f(void* p) { __bang_write_value(p, 64, 0.0F); }\n"), "")
        self.assertIn("no matching function", self.errors_of("void f(void* p) { __bang_write_value(p, 64, 0.0); }\n"))


if __name__ == "__main__":
    unittest.main()
