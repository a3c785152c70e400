"""Images in files: JPEG, PNG, GIF, BMP, decoded and encoded."""

import base64
import struct
import zlib

import numpy as np
from case_tools import Cases, fed

CASES = Cases()


def picture(*shape):
    """A picture with edges, slopes and colours, of small whole numbers."""
    rows, columns, channels = shape
    y, x, c = np.mgrid[:rows, :columns, :channels]
    wave = (x * x // 5 + y * 7 + c * 60) % 256
    return np.where((x // 9 + y // 6) % 3 == 0, wave, (x * 3 + y * (c + 2)) % 256).astype(np.uint8)


def noise(*shape):
    cubes = np.arange(np.prod(shape), dtype=np.int64) ** 3 * 2654435761 >> 7
    return cubes.astype(np.uint16).reshape(shape)


def jpeg(tf, image=None, **kwargs):
    return tf.image.encode_jpeg(picture(37, 51, 3) if image is None else image, **kwargs)


def decoded(tf, **kwargs):
    """Files of several kinds, decoded in one way."""
    files = [jpeg(tf), jpeg(tf, chroma_downsampling=False, quality=60, progressive=True)]
    files.append(jpeg(tf, picture(19, 22, 1)))
    return [tf.image.decode_jpeg(file, **kwargs) for file in files]


def png(width, height, depth, color, rows, extra=b"", interlace=0):
    """A PNG file of rows that have their filter's number in front."""

    def chunk(kind, content):
        sum_ = zlib.crc32(kind + content) & 0xFFFFFFFF
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", sum_)

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    data = chunk(b"IHDR", header)
    kinds = {b"P": b"PLTE", b"T": b"tRNS", b"G": b"gAMA", b"S": b"sRGB"}
    for kind, content in extra or []:
        data += chunk(kinds[kind], content)
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


ROWS = b"".join(b"\0" + picture(4, 9, 3)[y].tobytes() for y in range(4))
PALETTE = bytes(range(7, 7 + 12))
PNGS = {
    "gray": png(3, 2, 8, 0, b"\0\1\2\3\2\4\5\6"),
    "gray_key": png(3, 2, 8, 0, b"\0\1\2\3\0\3\2\1", [(b"T", b"\0\2")]),
    "bits": png(9, 2, 1, 0, b"\0\xa5\x80\0\x0f\0"),
    "two_bits": png(5, 1, 2, 0, b"\0\x1b\x40"),
    "four_bits": png(3, 1, 4, 0, b"\0\x1f\x70", [(b"T", b"\0\x0f")]),
    "wide": png(2, 2, 16, 0, b"\0\1\2\3\4\1\5\6\7\x08"),
    "gray_alpha": png(2, 1, 8, 4, b"\0\x10\x20\x30\x40"),
    "wide_gray_alpha": png(2, 1, 16, 4, b"\0\x10\x20\x30\x40\x11\x21\x31\x41"),
    "color": png(2, 2, 8, 2, b"\4\1\2\3\4\5\6\3\7\x08\x09\x0a\x0b\x0c"),
    "color_key": png(2, 1, 8, 2, b"\0\1\2\3\4\5\6", [(b"T", b"\0\4\0\5\0\6")]),
    "wide_color": png(2, 1, 16, 2, b"\0\1\2\3\4\5\6\x70\x08\x09\x0a\x0b\xfc"),
    "wide_color_key": png(
        2, 1, 16, 2, b"\0\1\2\3\4\5\6\x70\x08\x09\x0a\x0b\xfc", [(b"T", b"\1\2\3\4\5\6")]
    ),
    "gamma": png(9, 4, 8, 2, ROWS, [(b"G", struct.pack(">I", 45455))]),
    "bright": png(9, 4, 8, 2, ROWS, [(b"G", struct.pack(">I", 100000))]),
    "standard": png(9, 4, 8, 2, ROWS, [(b"S", b"\0")]),
    "plain": png(9, 4, 8, 2, ROWS),
    "color_alpha": png(2, 1, 8, 6, b"\0\1\2\3\4\xf5\x66\x77\x88"),
    "wide_color_alpha": png(1, 1, 16, 6, b"\0\1\2\3\4\5\6\xf0\x0f"),
    "palette": png(3, 1, 8, 3, b"\0\0\2\1", [(b"P", PALETTE)]),
    "palette_alpha": png(3, 1, 8, 3, b"\0\0\2\1", [(b"P", PALETTE), (b"T", b"\x09\x80")]),
    "small_palette": png(3, 1, 2, 3, b"\0\x24", [(b"P", PALETTE)]),
    "bitmap_palette": png(3, 1, 1, 3, b"\0\x40", [(b"P", PALETTE[:6])]),
    "woven": png(3, 3, 8, 0, b"\0\1\0\2\0\3\4\0\5\0\6\0\7\x08\x09", interlace=1),
}


def png_case(file, channels, dtype):
    return lambda tf: [tf.image.decode_png(file, channels, dtype=getattr(tf, dtype))]


for _name, _file in PNGS.items():
    for _channels in (0, 1, 3, 4):
        CASES[f"png_{_name}_{_channels}"] = png_case(_file, _channels, "uint8")
    CASES[f"png_{_name}_words"] = png_case(_file, 0, "uint16")
    CASES[f"png_{_name}_words_4"] = png_case(_file, 4, "uint16")


def bmp(width, height, bits, pixels, start=54):
    head = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    return head + info + b"\0" * (start - 54) + pixels


BMPS = {
    "color": bmp(3, 2, 24, bytes(range(24))),
    "down": bmp(2, -2, 24, bytes(range(16))),
    "gray": bmp(3, 2, 8, bytes(range(8)), 60),
    "alpha": bmp(2, 1, 32, bytes(range(8))),
    "unpadded": bmp(3, 1, 24, bytes(range(9))),
    "short": bmp(3, 2, 24, bytes(range(20))),
    "bits": bmp(3, 2, 4, bytes(range(20))),
    "no_width": bmp(0, 2, 8, bytes(range(20))),
    "no_height": bmp(2, 0, 8, bytes(range(20))),
    "large": bmp(1 << 20, 1 << 12, 24, bytes(range(20))),
    "cut": b"BM",
}
for _name, _file in BMPS.items():
    CASES[f"bmp_{_name}"] = lambda tf, file=_file: [tf.image.decode_bmp(file)]
CASES["bmp_channels"] = lambda tf: [tf.image.decode_bmp(BMPS["color"], channels=3)]
CASES["bmp_wrong_channels"] = lambda tf: [tf.image.decode_bmp(BMPS["color"], channels=4)]
CASES["bmp_two_channels"] = lambda tf: [tf.image.decode_bmp(BMPS["color"], channels=2)]


def gif(frames, size=(4, 3), palette=bytes(range(60, 72)), tail=b";"):
    """A GIF file; a frame is (left, top, width, height, indices below 4, palette, woven)."""
    flags = 0x81 if palette else 0
    data = b"GIF89a" + struct.pack("<HHBBB", size[0], size[1], flags, 0, 0) + (palette or b"")
    data += b"!\xf9\4\0\0\0\0\0"
    for left, top, width, height, indices, own, woven in frames:
        flags = (0x81 if own else 0) | (0x40 if woven else 0)
        data += b"," + struct.pack("<HHHHB", left, top, width, height, flags) + (own or b"")
        bits, at = 0, 0
        for code in [x for i in indices for x in (4, i)] + [5]:  # each code after a clear
            bits |= code << at
            at += 3
        packed = bytes((bits >> n) & 255 for n in range(0, at, 8))
        data += b"\2" + bytes([len(packed)]) + packed + b"\0"
    return data + tail


FULL = (0, 0, 4, 3, [0, 1, 2, 3, 3, 2, 1, 0, 1, 1, 2, 2], None, False)
PART = (1, 1, 2, 2, [3, 0, 1, 2], bytes(range(100, 112)), False)
OVER = (2, 1, 4, 1, [3, 0, 1, 2], None, False)
GIFS = {
    "one": gif([FULL]),
    "part": gif([FULL, PART]),
    "over": gif([FULL, OVER]),
    "woven": gif([(0, 0, 2, 5, [0, 1, 2, 3, 3, 2, 1, 0, 1, 1], None, True)], (2, 5)),
    "own_palette": gif([FULL[:5] + (bytes(range(12)), False)], palette=None),
    "no_palette": gif([FULL], palette=None),
    "small_first": gif([PART, FULL]),
    "few_colors": gif([FULL], palette=None).replace(b",", b","),
    "empty": gif([]),
    "cut": gif([FULL])[:-6],
    "cut_head": b"GIF89a\1\0",
    "junk": gif([FULL], tail=b"x"),
    "no_end": gif([FULL], tail=b""),
}
for _name, _file in GIFS.items():
    CASES[f"gif_{_name}"] = lambda tf, file=_file: [tf.image.decode_gif(file)]


BARE_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEBLAEsAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P"
    + "/" * 58
    + "wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABUQAQEAAAAAAAAAAAAAAAAAAAAR/9oACAEBAAA/"
    "ACj/2Q=="
)


def damaged(data, near, offset, value=104):
    """A file with one byte changed, `offset` after some others."""
    at = data.index(near) + offset
    return data[:at] + bytes([value]) + data[at + 1 :]


CASES.simple(
    jpeg_default=lambda tf: decoded(tf),
    jpeg_gray=lambda tf: decoded(tf, channels=1),
    jpeg_color=lambda tf: decoded(tf, channels=3),
    jpeg_half=lambda tf: decoded(tf, ratio=2),
    jpeg_quarter=lambda tf: decoded(tf, ratio=4),
    jpeg_eighth=lambda tf: decoded(tf, ratio=8, dct_method="INTEGER_ACCURATE"),
    jpeg_accurate=lambda tf: decoded(tf, dct_method="INTEGER_ACCURATE"),
    jpeg_fast=lambda tf: decoded(tf, dct_method="INTEGER_FAST"),
    jpeg_plain=lambda tf: decoded(tf, fancy_upscaling=False),
    jpeg_four_channels=lambda tf: decoded(tf, channels=4),
    jpeg_two_channels=lambda tf: decoded(tf, channels=2),
    jpeg_negative_channels=lambda tf: decoded(tf, channels=-1),
    jpeg_ratio_three=lambda tf: decoded(tf, ratio=3),
    jpeg_bad_method=lambda tf: decoded(tf, dct_method="FLOAT"),
    jpeg_cut=lambda tf: [tf.image.decode_jpeg(tf.substr(jpeg(tf), 0, 900))],
    jpeg_cut_header=lambda tf: [tf.image.decode_jpeg(tf.substr(jpeg(tf), 0, 100))],
    jpeg_text=lambda tf: [tf.image.decode_jpeg("hello \n\xff there, this is not an image")],
    jpeg_nothing=lambda tf: [tf.image.decode_jpeg("")],
    jpeg_vector=lambda tf: [tf.image.decode_jpeg(["a"])],
    jpeg_fed_vector=lambda tf: [tf.image.decode_jpeg(tf.placeholder_with_default(["a"], None))],
    jpeg_bomb=lambda tf: [
        tf.image.decode_jpeg(
            tf.strings.regex_replace(jpeg(tf, picture(16, 16, 1)), "\x00\x10\x00\x10", "aaaa")
        )
    ],
    jpeg_crop=lambda tf: [
        tf.image.decode_and_crop_jpeg(jpeg(tf), window)
        for window in ([0, 0, 37, 51], [3, 5, 7, 12], [30, 40, 7, 11], [3, 17, 16, 16])
    ],
    jpeg_crop_outside=lambda tf: [tf.image.decode_and_crop_jpeg(jpeg(tf), [3, 5, 37, 11])],
    jpeg_crop_nothing=lambda tf: [tf.image.decode_and_crop_jpeg(jpeg(tf), [3, 5, 0, 11])],
    jpeg_crop_short=lambda tf: [tf.image.decode_and_crop_jpeg(jpeg(tf), [3, 5, 0])],
    jpeg_crop_fed=lambda tf: [
        tf.image.decode_and_crop_jpeg(
            jpeg(tf), tf.placeholder_with_default([3, 4, 5, 6], None), channels=3, ratio=2
        )
    ],
    jpeg_shape=lambda tf: [
        tf.image.extract_jpeg_shape(jpeg(tf)),
        tf.image.extract_jpeg_shape(jpeg(tf, picture(3, 5, 1)), tf.int64),
    ],
    jpeg_shape_of_text=lambda tf: [tf.image.extract_jpeg_shape("text")],
    is_jpeg=lambda tf: [tf.image.is_jpeg(jpeg(tf)), tf.io.is_jpeg("\xff\xd8")],
    png_as_jpeg=lambda tf: [tf.image.decode_jpeg(PNGS["color"])],
    gif_as_png=lambda tf: [tf.image.decode_png(GIFS["one"])],
    gif_as_words=lambda tf: [tf.image.decode_png(GIFS["one"], dtype=tf.uint16)],
    gif_as_gray=lambda tf: [tf.image.decode_jpeg(GIFS["one"], channels=1)],
    gif_frames_as_png=lambda tf: [tf.image.decode_png(GIFS["part"])],
    png_as_gif=lambda tf: [tf.image.decode_gif(PNGS["color"])],
    jpeg_as_words=lambda tf: [tf.image.decode_png(jpeg(tf), dtype=tf.uint16)],
    jpeg_as_gif=lambda tf: [tf.image.decode_gif(jpeg(tf))],
    png_cut=lambda tf: [tf.image.decode_png(PNGS["color"][:60])],
    png_cut_header=lambda tf: [tf.image.decode_png(PNGS["color"][:20])],
    png_bomb=lambda tf: [tf.image.decode_png(png(100000, 100000, 8, 0, b"\0"))],
    png_wide_bomb=lambda tf: [tf.image.decode_png(png(1 << 28, 1, 8, 0, b"\0"))],
    png_sparse_bomb=lambda tf: [tf.image.decode_png(png(20000, 20000, 8, 0, b"\0"))],
    gif_bomb=lambda tf: [tf.image.decode_gif(gif([(0, 0, 60000, 60000, [1], None, False)]))],
    png_bomb_as_any=lambda tf: [tf.image.decode_image(png(100000, 100000, 8, 6, b"\0"))],
    png_damaged_pixels=lambda tf: [tf.image.decode_png(damaged(PNGS["plain"], b"IDAT", 9))],
    png_damaged_sum=lambda tf: [tf.image.decode_png(damaged(PNGS["plain"], b"IEND", 5))],
    png_damaged_palette=lambda tf: [tf.image.decode_png(damaged(PNGS["palette"], b"PLTE", 6))],
    png_large_chunk=lambda tf: [tf.image.decode_png(damaged(PNGS["plain"], b"IDAT", -4))],
    png_endless_end=lambda tf: [tf.image.decode_png(damaged(PNGS["plain"], b"IEND", -3))],
    jpeg_strays=lambda tf: [
        tf.image.decode_jpeg(damaged(BARE_JPEG, b"JFIF", -1, 0)),
        tf.image.decode_jpeg(damaged(BARE_JPEG, b"\xff\xc4", 0, 14)),
    ],
    gif_damaged_without_palette=lambda tf: [
        tf.image.decode_gif(damaged(gif([FULL], palette=None), b",", 1, 200))
    ],
    png_broken=lambda tf: [tf.image.decode_png(PNGS["gray"].replace(b"IDAT", b"IDAX"))],
    encode_jpeg=lambda tf: [jpeg(tf), jpeg(tf, quality=30), jpeg(tf, quality=0)],
    encode_jpeg_gray=lambda tf: [
        jpeg(tf, picture(9, 8, 1), format="grayscale"),
        jpeg(tf, picture(9, 8, 1), progressive=True, optimize_size=True),
    ],
    encode_jpeg_options=lambda tf: [
        jpeg(tf, progressive=True),
        jpeg(tf, optimize_size=True),
        jpeg(tf, chroma_downsampling=False),
        jpeg(tf, density_unit="cm", x_density=77, y_density=88),
        jpeg(tf, xmp_metadata="<x/>", format="rgb"),
    ],
    encode_jpeg_quality=lambda tf: [jpeg(tf, quality=101)],
    encode_jpeg_format=lambda tf: [jpeg(tf, format="grayscale")],
    encode_jpeg_channels=lambda tf: [jpeg(tf, picture(3, 3, 4))],
    encode_jpeg_rank=lambda tf: [jpeg(tf, picture(3, 3, 3)[0])],
    encode_jpeg_empty=lambda tf: [jpeg(tf, picture(3, 3, 3)[:0])],
    encode_jpeg_variable=lambda tf: [
        tf.raw_ops.EncodeJpegVariableQuality(images=picture(9, 7, 3), quality=q) for q in (50, 95)
    ],
    encode_png=lambda tf: [
        tf.image.encode_png(picture(5, 7, channels)) for channels in (1, 2, 3, 4)
    ],
    encode_png_words=lambda tf: [tf.image.encode_png(tf.constant(noise(4, 3, 3)), 9)],
    encode_png_compression=lambda tf: [tf.image.encode_png(picture(5, 7, 3), 10)],
    encode_png_channels=lambda tf: [tf.image.encode_png(picture(5, 7, 5))],
    encode_png_rank=lambda tf: [tf.image.encode_png(picture(5, 7, 5)[0])],
    decode_image=lambda tf: [
        tf.image.decode_image(file)
        for file in (jpeg(tf), PNGS["color"], GIFS["part"], BMPS["color"])
    ],
    decode_image_floats=lambda tf: [
        tf.io.decode_image(PNGS["wide_color"], dtype=tf.float32, channels=3),
        tf.io.decode_image(jpeg(tf), dtype=tf.float32),
        tf.io.decode_image(GIFS["part"], dtype=tf.uint16, expand_animations=False),
    ],
    decode_image_channels=lambda tf: [tf.image.decode_image("", channels=2)],
    decode_image_text=lambda tf: [tf.image.decode_image("text")],
    decode_image_gray_gif=lambda tf: [tf.image.decode_image(GIFS["one"], channels=1)],
)


@CASES.case
def round_trip_fed(tf):
    image, feed = fed(tf, picture(8, 9, 3), [None, None, None])
    return [tf.image.decode_image(tf.image.encode_png(image))], feed
