package tokenizer

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64Values has what each digit stands for, plus one; 0 for what is none.
var base64Values = func() (values [256]byte) {
	for i := range len(base64Digits) {
		values[base64Digits[i]] = byte(i + 1)
	}
	return values
}()

// decodeBase64 reads base64 with its padding. ok is false for anything else: line ends, digits whose last bits would be lost.
func decodeBase64(text string) (bytes []byte, ok bool) {
	if len(text)%4 != 0 {
		return nil, false
	}
	digits := len(text)
	for digits > len(text)-2 && digits > 0 && text[digits-1] == '=' {
		digits--
	}
	bytes = make([]byte, 0, len(text)/4*3)
	bits, n := uint32(0), 0
	for i := range digits {
		value := base64Values[text[i]]
		if value == 0 {
			return nil, false
		}
		bits = bits<<6 | uint32(value-1)
		if n += 6; n == 24 {
			bytes = append(bytes, byte(bits>>16), byte(bits>>8), byte(bits))
			bits, n = 0, 0
		}
	}
	for ; n >= 8; n -= 8 {
		bytes = append(bytes, byte(bits>>(n-8)))
	}
	return bytes, bits&(1<<n-1) == 0
}

// appendBase64 writes bytes as base64.
func appendBase64(dst []byte, bytes []byte) []byte {
	for ; len(bytes) >= 3; bytes = bytes[3:] {
		v := uint32(bytes[0])<<16 | uint32(bytes[1])<<8 | uint32(bytes[2])
		dst = append(dst, base64Digits[v>>18], base64Digits[v>>12&63], base64Digits[v>>6&63], base64Digits[v&63])
	}
	switch len(bytes) {
	case 1:
		dst = append(dst, base64Digits[bytes[0]>>2], base64Digits[bytes[0]<<4&63], '=', '=')
	case 2:
		v := uint32(bytes[0])<<8 | uint32(bytes[1])
		dst = append(dst, base64Digits[v>>10], base64Digits[v>>4&63], base64Digits[v<<2&63], '=')
	}
	return dst
}
