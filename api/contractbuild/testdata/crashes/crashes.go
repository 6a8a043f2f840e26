// Package notes is laid into a new contract: what do is asked for ends a Go
// program, up to "nil map is read", and does not from there on.
package notes

import "strconv"

type animal interface{ sound() string }

type dog struct{ name string }

func (d *dog) sound() string { return d.name }

type cat struct{}

func (cat) sound() string { return "m" }

var sink []byte

func deep(n uint32) uint32 {
	if n == 0 {
		return 7
	}
	return deep(n-1)*31 ^ n
}

// wide keeps a kilobyte in each frame: TinyGo has those on a stack in memory.
func wide(n uint32) uint32 {
	if n == 0 {
		return 7
	}
	var room [256]uint32
	for i := range room {
		room[(uint32(i)*n)%256] = n
	}
	return wide(n-1)*31 ^ room[n%256]
}

func do(what string, zero int) string {
	list := make([]int, 3)
	var none map[string]int
	var pet animal = &dog{}
	switch what {
	case "index":
		return strconv.Itoa(list[3+zero])
	case "negative index":
		return strconv.Itoa(list[zero-1])
	case "slice":
		return strconv.Itoa(len(list[2+zero : 1+zero]))
	case "text":
		return what[4+zero : 5+zero]
	case "nil map":
		none["a"] = 1
	case "nil pointer":
		var d *dog
		return d.sound()
	case "nil interface":
		pet = nil
		return pet.sound()
	case "nil function":
		var f func() string
		return f()
	case "divide":
		return strconv.Itoa(1 / zero)
	case "remainder":
		return strconv.Itoa(int(int64(1) % int64(zero)))
	case "assert":
		return pet.(cat).sound()
	case "make":
		return strconv.Itoa(len(make([]byte, zero-1)))
	case "array":
		return strconv.Itoa([4]int(list)[0])
	case "panic":
		panic("wanted")
	case "recursion":
		return strconv.Itoa(int(int32(deep(1_000_000))))
	case "recursion in memory":
		return strconv.Itoa(int(int32(wide(100_000))))
	case "memory":
		for range 1_000 {
			sink = append(sink, make([]byte, 100_000)...)
		}
	case "endless":
		for n := 0; ; n++ {
			sink = append(sink[:0], byte(n))
		}

	case "nil map is read":
		return strconv.Itoa(none["a"] + len(none))
	case "some depth":
		return strconv.Itoa(int(int32(deep(1_000))))
	case "some depth in memory":
		return strconv.Itoa(int(int32(wide(100))))
	case "some memory":
		sink = make([]byte, 4<<20)
		return strconv.Itoa(len(sink))
	case "least divided":
		least := int64(-1 << 63)
		return strconv.FormatInt(least/int64(zero-1), 10) + strconv.FormatInt(least%int64(zero-1), 10)
	case "shift":
		return strconv.FormatInt(int64(1)<<(64+zero), 10) + strconv.FormatInt(int64(-8)>>(70+zero), 10)
	case "wraps":
		return strconv.FormatUint(uint64(uint32(1<<31)*uint32(2+zero)), 10) + strconv.Itoa(int(int8(zero+127)+1))
	case "assert ok":
		_, ok := pet.(cat)
		return strconv.FormatBool(ok)
	case "defer":
		text := ""
		func() {
			defer func() { text += "b" }()
			text += "a"
		}()
		return text
	case "runes":
		text := ""
		for i, r := range "a案\xff" {
			text += strconv.Itoa(i) + ":" + strconv.Itoa(int(r)) + " "
		}
		return text
	}
	return "did not crash"
}
