"""The weights for ImageNet that Keras publishes with keras.applications: one table.

Addresses and checksums are those of Keras 3; sizes are of its documentation.
"""

from __future__ import annotations

from typing import NamedTuple

ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications"
_TF = "weights_tf_dim_ordering_tf_kernels.h5"
_RESNET = "He et al. 2015, Deep Residual Learning for Image Recognition"
_RESNET_V2 = "He et al. 2016, Identity Mappings in Deep Residual Networks"
_VGG = "Simonyan & Zisserman 2014, Very Deep Convolutional Networks"
_INCEPTION = "Szegedy et al. 2015, Rethinking the Inception Architecture for Computer Vision"
_INCEPTION_RESNET = "Szegedy et al. 2016, Inception-v4, Inception-ResNet"
_XCEPTION = "Chollet 2016, Xception: Deep Learning with Depthwise Separable Convolutions"
_DENSENET = "Huang et al. 2016, Densely Connected Convolutional Networks"
_MOBILENET = "Howard et al. 2019, Searching for MobileNetV3"
_EFFICIENTNET = "Tan & Le 2021, EfficientNetV2: Smaller Models and Faster Training"


class Application(NamedTuple):
    """A network with its published weights.

    Attributes:
        name: under which it is pulled; also that of its backbone.
        path: of the file, below ADDRESS.
        digest: its MD5, hexadecimal.
        size_mb: of the file.
        paper: where the network is described.
    """

    name: str
    path: str
    digest: str
    size_mb: int
    paper: str


APPLICATIONS = (
    Application(
        "inceptionv3",
        f"inception_v3/inception_v3_{_TF}",
        "9a0d58056eeedaa3f26cb7ebd46da564",
        92,
        _INCEPTION,
    ),
    Application(
        "resnet50", f"resnet/resnet50_{_TF}", "2cb95161c43110f7111970584f804107", 98, _RESNET
    ),
    Application("vgg16", f"vgg16/vgg16_{_TF}", "64373286793e3c8b2b4e3219cbf3544b", 528, _VGG),
    Application(
        "xception",
        f"xception/xception_{_TF}",
        "0a58e3b7378bc2990ea3b43d5981f1f6",
        88,
        _XCEPTION,
    ),
    Application("vgg19", f"vgg19/vgg19_{_TF}", "cbe5617147190e668d6c5d5026f83318", 549, _VGG),
    Application(
        "resnet101", f"resnet/resnet101_{_TF}", "f1aeb4b969a6efcfb50fad2f0c20cfc5", 171, _RESNET
    ),
    Application(
        "resnet152", f"resnet/resnet152_{_TF}", "100835be76be38e30d865e96f2aaae62", 232, _RESNET
    ),
    Application(
        "resnet50v2",
        f"resnet/resnet50v2_{_TF}",
        "3ef43a0b657b3be2300d5770ece849e0",
        98,
        _RESNET_V2,
    ),
    Application(
        "resnet101v2",
        f"resnet/resnet101v2_{_TF}",
        "6343647c601c52e1368623803854d971",
        171,
        _RESNET_V2,
    ),
    Application(
        "resnet152v2",
        f"resnet/resnet152v2_{_TF}",
        "a49b44d1979771252814e80f8ec446f9",
        232,
        _RESNET_V2,
    ),
    Application(
        "inceptionresnetv2",
        f"inception_resnet_v2/inception_resnet_v2_{_TF}",
        "e693bd0210a403b3192acc6073ad2e96",
        215,
        _INCEPTION_RESNET,
    ),
    Application(
        "densenet121",
        f"densenet/densenet121_{_TF}",
        "9d60b8095a5708f2dcce2bca79d332c7",
        33,
        _DENSENET,
    ),
    Application(
        "densenet169",
        f"densenet/densenet169_{_TF}",
        "d699b8f76981ab1b30698df4c175e90b",
        57,
        _DENSENET,
    ),
    Application(
        "densenet201",
        f"densenet/densenet201_{_TF}",
        "1ceb130c1ea1b78c3bf6114dbdfd8807",
        80,
        _DENSENET,
    ),
    Application(
        "mobilenetv3small",
        "mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float.h5",
        "8768d4c2e7dee89b9d02b2d03d65d862",
        10,
        _MOBILENET,
    ),
    Application(
        "mobilenetv3large",
        "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float.h5",
        "59e551e166be033d707958cf9e29a6a7",
        22,
        _MOBILENET,
    ),
    Application(
        "efficientnetv2b0",
        "efficientnet_v2/efficientnetv2-b0.h5",
        "21ecbf6da12460d5c40bb2f29ceb2188",
        29,
        _EFFICIENTNET,
    ),
    Application(
        "efficientnetv2b1",
        "efficientnet_v2/efficientnetv2-b1.h5",
        "069f0534ff22adf035c89e2d9547a9dc",
        34,
        _EFFICIENTNET,
    ),
    Application(
        "efficientnetv2b2",
        "efficientnet_v2/efficientnetv2-b2.h5",
        "424e49f28180edbde1e94797771950a7",
        42,
        _EFFICIENTNET,
    ),
    Application(
        "efficientnetv2b3",
        "efficientnet_v2/efficientnetv2-b3.h5",
        "1f1fc43bd98a6e4fd8fdfd551e02c7a0",
        59,
        _EFFICIENTNET,
    ),
    Application(
        "efficientnetv2s",
        "efficientnet_v2/efficientnetv2-s.h5",
        "e1d88a8495beba45748fedd0cecbe016",
        88,
        _EFFICIENTNET,
    ),
    Application(
        "efficientnetv2m",
        "efficientnet_v2/efficientnetv2-m.h5",
        "a3bf6aa3276309f4fc6a34aa114c95cd",
        220,
        _EFFICIENTNET,
    ),
    Application(
        "efficientnetv2l",
        "efficientnet_v2/efficientnetv2-l.h5",
        "27e6d408b53c7ebc868fefa357689935",
        479,
        _EFFICIENTNET,
    ),
)
