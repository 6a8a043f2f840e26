package money

import "math/bits"

// Split divides total by shares, so that the parts add up to total exactly. The
// parts are in the order of the shares.
//
// Each part is first cut down to whole fen. The fen that are then left go one
// each to the parts that lost the most by the cut; of those that lost equally,
// the earlier ones get it (method of the largest remainder). So no part is off
// by a whole fen, a share of zero gets nothing, and the parts of a negative
// total are the negatives of those of the positive one.
//
// The shares may be any weights: basis points, numerators over a common
// denominator, amounts owed. The error is ErrShares when there are none, when
// one is negative or all are zero, and ErrOverflow when their sum is beyond an
// int64. It takes time in proportion to the square of the number of shares:
// bound it.
func Split[S Integer](total Fen, shares []S) ([]Fen, error) {
	sum, err := sumShares(shares)
	if err != nil {
		return nil, err
	}
	amount, negative := magnitude(int64(total)), total < 0
	parts := make([]uint64, len(shares))
	rests := make([]uint64, len(shares))
	left := amount
	for i, share := range shares {
		// share <= sum, so the quotient is at most amount and fits.
		hi, lo := bits.Mul64(amount, uint64(share))
		parts[i], rests[i] = bits.Div64(hi, lo, sum)
		left -= parts[i]
	}
	// The rests add up to left times sum, so more than left of them are not
	// zero, and each takes one fen at most.
	for ; left > 0; left-- {
		best := 0
		for i, rest := range rests {
			if rest > rests[best] {
				best = i
			}
		}
		parts[best]++
		rests[best] = 0
	}
	out := make([]Fen, len(parts))
	for i, part := range parts {
		v, err := withSign(part, negative)
		if err != nil {
			return nil, err
		}
		out[i] = Fen(v)
	}
	return out, nil
}

func sumShares[S Integer](shares []S) (uint64, error) {
	var sum uint64
	for _, share := range shares {
		if share < 0 {
			return 0, ErrShares
		}
		next, carry := bits.Add64(sum, uint64(share), 0)
		if carry != 0 || next > 1<<63-1 {
			return 0, ErrOverflow
		}
		sum = next
	}
	if sum == 0 {
		return 0, ErrShares
	}
	return sum, nil
}

// SplitEven divides total into n parts that add up to it exactly and differ by
// one fen at most; the earlier ones are the larger. For a negative total they
// are the negatives of those of the positive one. The error is ErrShares when n
// is zero. It makes a list of n amounts: bound n.
func SplitEven(total Fen, n uint32) ([]Fen, error) {
	if n == 0 {
		return nil, ErrShares
	}
	part, rest := total/Fen(n), total%Fen(n)
	out := make([]Fen, n)
	for i := range out {
		out[i] = part
		switch {
		case rest > 0:
			out[i]++
			rest--
		case rest < 0:
			out[i]--
			rest++
		}
	}
	return out, nil
}
