//go:build goexperiment.simd && amd64 && !portable

#include "go_asm.h"
#include "textflag.h"

// Sets an accumulator to what a row's zero adds to a column: -zero*sum.
#define BEGIN(zero, a, b, c, d) \
	VPMULLD Z16, zero, a; \
	VPMULLD Z17, zero, b; \
	VPMULLD Z18, zero, c; \
	VPMULLD Z19, zero, d

#define ROW(x, a, b, c, d) \
	VPDPBUSD Z16, x, a; \
	VPDPBUSD Z17, x, b; \
	VPDPBUSD Z18, x, c; \
	VPDPBUSD Z19, x, d

// Turns 16 sums into numbers: sum * scale of the row * scale of the column + bias.
#define NUMBERS(rowScale, scale, bias, a) \
	VCVTDQ2PS a, a; \
	VMULPS rowScale, a, a; \
	VFMADD213PS bias, scale, a

#define END(rowScale, a, b, c, d) \
	NUMBERS(rowScale, Z24, Z28, a); \
	NUMBERS(rowScale, Z25, Z29, b); \
	NUMBERS(rowScale, Z26, Z30, c); \
	NUMBERS(rowScale, Z27, Z31, d)

#define ADD(row, a, b, c, d) \
	VADDPS (row), a, a; \
	VADDPS 64(row), b, b; \
	VADDPS 128(row), c, c; \
	VADDPS 192(row), d, d

#define STORE(row, a, b, c, d) \
	VMOVUPS a, (row); \
	VMOVUPS b, 64(row); \
	VMOVUPS c, 128(row); \
	VMOVUPS d, 192(row)

// func productVNNI(b *block)
TEXT ·productVNNI(SB), NOSPLIT, $0-8
	MOVQ b+0(FP), DI
	MOVQ block_codes(DI), SI
	MOVQ block_stride(DI), R8
	LEAQ (SI)(R8*1), R9
	LEAQ (SI)(R8*2), R10
	LEAQ (R9)(R8*2), R11
	MOVQ block_weights(DI), BX
	MOVQ block_groups(DI), CX

	MOVQ block_sums(DI), DX
	VMOVDQU32 (DX), Z16
	VMOVDQU32 64(DX), Z17
	VMOVDQU32 128(DX), Z18
	VMOVDQU32 192(DX), Z19
	MOVQ block_rowZeros(DI), DX
	VPXORD Z24, Z24, Z24
	VPBROADCASTD (DX), Z20
	VPBROADCASTD 4(DX), Z21
	VPBROADCASTD 8(DX), Z22
	VPBROADCASTD 12(DX), Z23
	VPSUBD Z20, Z24, Z20
	VPSUBD Z21, Z24, Z21
	VPSUBD Z22, Z24, Z22
	VPSUBD Z23, Z24, Z23
	BEGIN(Z20, Z0, Z1, Z2, Z3)
	BEGIN(Z21, Z4, Z5, Z6, Z7)
	BEGIN(Z22, Z8, Z9, Z10, Z11)
	BEGIN(Z23, Z12, Z13, Z14, Z15)

	XORQ AX, AX
loop:
	VMOVDQU32 (BX), Z16
	VMOVDQU32 64(BX), Z17
	VMOVDQU32 128(BX), Z18
	VMOVDQU32 192(BX), Z19
	VPBROADCASTD (SI)(AX*4), Z20
	VPBROADCASTD (R9)(AX*4), Z21
	VPBROADCASTD (R10)(AX*4), Z22
	VPBROADCASTD (R11)(AX*4), Z23
	ROW(Z20, Z0, Z1, Z2, Z3)
	ROW(Z21, Z4, Z5, Z6, Z7)
	ROW(Z22, Z8, Z9, Z10, Z11)
	ROW(Z23, Z12, Z13, Z14, Z15)
	ADDQ $256, BX
	INCQ AX
	CMPQ AX, CX
	JLT  loop

	MOVQ block_scales(DI), DX
	VMOVUPS (DX), Z24
	VMOVUPS 64(DX), Z25
	VMOVUPS 128(DX), Z26
	VMOVUPS 192(DX), Z27
	MOVQ block_bias(DI), DX
	VMOVUPS (DX), Z28
	VMOVUPS 64(DX), Z29
	VMOVUPS 128(DX), Z30
	VMOVUPS 192(DX), Z31
	MOVQ block_rowScales(DI), DX
	VBROADCASTSS (DX), Z20
	VBROADCASTSS 4(DX), Z21
	VBROADCASTSS 8(DX), Z22
	VBROADCASTSS 12(DX), Z23
	END(Z20, Z0, Z1, Z2, Z3)
	END(Z21, Z4, Z5, Z6, Z7)
	END(Z22, Z8, Z9, Z10, Z11)
	END(Z23, Z12, Z13, Z14, Z15)

	MOVQ block_out(DI), SI
	MOVQ block_outStride(DI), R8
	SHLQ $2, R8
	LEAQ (SI)(R8*1), R9
	LEAQ (SI)(R8*2), R10
	LEAQ (R9)(R8*2), R11
	CMPB block_add(DI), $0
	JEQ  store
	ADD(SI, Z0, Z1, Z2, Z3)
	ADD(R9, Z4, Z5, Z6, Z7)
	ADD(R10, Z8, Z9, Z10, Z11)
	ADD(R11, Z12, Z13, Z14, Z15)
store:
	STORE(SI, Z0, Z1, Z2, Z3)
	STORE(R9, Z4, Z5, Z6, Z7)
	STORE(R10, Z8, Z9, Z10, Z11)
	STORE(R11, Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET

#define ROW16(x, a, b) \
	VPBROADCASTQ (x)(AX*8), Y10; \
	VPMADDWD Y8, Y10, Y11; \
	VPMADDWD Y9, Y10, Y12; \
	VPADDD Y11, a, a; \
	VPADDD Y12, b, b

// func products8(codes *byte, stride int, weights *int8, groups int, sums *[4][2][8]int32)
TEXT ·products8(SB), NOSPLIT, $0-40
	MOVQ codes+0(FP), SI
	MOVQ stride+8(FP), R8
	LEAQ (SI)(R8*1), R9
	LEAQ (SI)(R8*2), R10
	LEAQ (R9)(R8*2), R11
	MOVQ weights+16(FP), BX
	MOVQ groups+24(FP), CX
	MOVQ sums+32(FP), DI
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	XORQ AX, AX
loop8:
	VPMOVSXBW (BX), Y8
	VPMOVSXBW 16(BX), Y9
	ROW16(SI, Y0, Y1)
	ROW16(R9, Y2, Y3)
	ROW16(R10, Y4, Y5)
	ROW16(R11, Y6, Y7)
	ADDQ $256, BX
	INCQ AX
	CMPQ AX, CX
	JLT  loop8
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VMOVDQU Y4, 128(DI)
	VMOVDQU Y5, 160(DI)
	VMOVDQU Y6, 192(DI)
	VMOVDQU Y7, 224(DI)
	VZEROUPPER
	RET
