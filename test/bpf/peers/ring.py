"""io_uring by its system calls (io_uring(7)), for programs that have no library of it: ring_io(opcode, fd, bytes)."""

import ctypes
import mmap
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_params = ctypes.create_string_buffer(120)
_ring = _libc.syscall(425, 8, _params)
assert _ring >= 0, ctypes.get_errno()
_sq = struct.unpack_from("10I", _params, 40)  # head, tail, ring_mask, ring_entries, flags, dropped, array
_cq = struct.unpack_from("10I", _params, 80)  # head, tail, ring_mask, ring_entries, overflow, cqes
_rings = mmap.mmap(_ring, 4096, offset=0)
_sqes = mmap.mmap(_ring, 4096, offset=0x10000000)
SEND, RECV, WRITE = 26, 27, 23


def ring_io(opcode, fd, data):
    """What the kernel answers: a number of bytes, or minus an errno. `data` is a bytearray that it reads, or fills."""
    place = (ctypes.c_char * len(data)).from_buffer(data)
    tail = struct.unpack_from("I", _rings, _sq[1])[0]
    entry = tail & 7
    offset = 0xFFFFFFFFFFFFFFFF if opcode == WRITE else 0
    _sqes[entry * 64 : entry * 64 + 64] = struct.pack(
        "BBHiQQIIQ24x", opcode, 0, 0, fd, offset, ctypes.addressof(place), len(data), 0, 1
    )
    struct.pack_into("I", _rings, _sq[6] + 4 * entry, entry)
    struct.pack_into("I", _rings, _sq[1], tail + 1)
    assert _libc.syscall(426, _ring, 1, 1, 1, None, 0) == 1, ctypes.get_errno()
    head = struct.unpack_from("I", _rings, _cq[0])[0]
    answer = struct.unpack_from("Qi", _rings, _cq[5] + 16 * (head & 15))[1]
    struct.pack_into("I", _rings, _cq[0], head + 1)
    return answer
