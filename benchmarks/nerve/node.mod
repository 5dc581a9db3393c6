: Node of Ranvier after McIntyre, Richardson and Grill 2002, for the comparison only.
NEURON {
    SUFFIX node
    NONSPECIFIC_CURRENT ifast, ipersistent, islow, ileak
    RANGE scale
}
UNITS { (mA) = (milliamp) (mV) = (millivolt) (S) = (siemens) }
PARAMETER { scale = 1 celsius (degC) }
STATE { m h p s }
ASSIGNED {
    v (mV)
    ifast (mA/cm2) ipersistent (mA/cm2) islow (mA/cm2) ileak (mA/cm2)
    am bm ah bh ap bp as bs
}
INITIAL {
    speeds(v)
    m = am/(am + bm)
    h = ah/(ah + bh)
    p = ap/(ap + bp)
    s = as/(as + bs)
}
BREAKPOINT {
    SOLVE gates METHOD cnexp
    ifast = 3.0*scale*m*m*m*h*(v - 50)
    ipersistent = 0.01*scale*p*p*p*(v - 50)
    islow = 0.08*scale*s*(v + 90)
    ileak = 0.007*(v + 90)
}
DERIVATIVE gates {
    speeds(v)
    m' = am*(1 - m) - bm*m
    h' = ah*(1 - h) - bh*h
    p' = ap*(1 - p) - bp*p
    s' = as*(1 - s) - bs*s
}
FUNCTION linoid(x, w) {
    if (fabs(x/w) < 1e-6) { linoid = w + x/2 } else { linoid = x/(1 - exp(-x/w)) }
}
PROCEDURE speeds(v (mV)) { LOCAL f, i, k
    f = 2.2^((celsius - 20)/10)
    i = 2.9^((celsius - 20)/10)
    k = 3.0^((celsius - 36)/10)
    am = f*1.86*linoid(v + 21.4, 10.3)
    bm = f*0.086*linoid(-(v + 25.7), 9.16)
    ah = i*0.062*linoid(-(v + 114), 11)
    bh = i*2.3/(1 + exp(-(v + 31.8)/13.4))
    ap = f*0.01*linoid(v + 27, 10.2)
    bp = f*0.00025*linoid(-(v + 34), 10)
    as = k*0.3/(1 + exp((v + 53)/(-5)))
    bs = k*0.03/(1 + exp((v + 90)/(-1)))
}
